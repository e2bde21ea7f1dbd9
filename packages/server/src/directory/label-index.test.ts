import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LabelIndex } from './label-index.ts';

interface Item {
  readonly owner: string;
  readonly labels: Record<string, string>;
}

const word = fc.constantFrom('a', 'b', 'c', '","', '__proto__');
// As JSON makes them, every key a property of its own.
const labels = fc.array(fc.tuple(word, word), { maxLength: 4 }).map((entries) => Object.fromEntries(entries));
const items: fc.Arbitrary<Item[]> = fc.array(fc.record({ owner: word, labels }), { maxLength: 20 });

const hasAll = (item: Item, asked: Record<string, string>): boolean =>
  Object.entries(asked).every(([key, value]) => Object.hasOwn(item.labels, key) && item.labels[key] === value);

test('[invariant: tenancy-in-every-key] finds those of the owner that have all of the labels, and no others', () => {
  fc.assert(
    fc.property(items, items, word, labels, (kept, removed, owner, asked) => {
      const index = new LabelIndex<Item>();
      for (const item of [...removed, ...kept]) index.add(item.owner, item.labels, item);
      for (const item of removed) index.remove(item.owner, item.labels, item);
      const expected = kept.filter((item) => item.owner === owner && hasAll(item, asked));
      const found = index.find(owner, asked);
      expect(new Set(found)).toEqual(new Set(Object.keys(asked).length === 0 ? [] : expected));
      expect(found).toHaveLength(new Set(found).size);
    }),
    { numRuns: 2_000 },
  );
});
