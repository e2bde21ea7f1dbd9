import fc from 'fast-check';
import { expect, it } from 'vitest';
import { widthOf } from '../view/plain-text.ts';
import { table } from './table.ts';

const columns = [
  { name: 'id', cells: ['a1', 'b'] },
  { name: 'created_at', cells: ['2026', ''] },
  { name: 'name', cells: ['日本語', 'a long name of something'] },
];
const plain = { width: Number.POSITIVE_INFINITY, isBold: false };

it('table() puts columns side by side, by the width that a terminal gives them', () => {
  expect(table(columns, plain)).toBe(
    'ID  CREATED AT  NAME\na1  2026        日本語\nb               a long name of something\n',
  );
});

it.each([
  [30, 'ID  CREATED AT  NAME\na1  2026        日本語\nb               a long name o…\n'],
  [20, 'ID  CREATED AT\na1  2026\nb\n'],
  [1, '…\n…\nb\n'],
])('table() in %i columns leaves out and cuts from the right', (width, expected) => {
  expect(table(columns, { width, isBold: false })).toBe(expected);
});

it('table() has a bold head where that is wanted', () => {
  expect(table(columns, { ...plain, isBold: true })).toContain('\x1b[1mID  CREATED AT  NAME\x1b[0m\na1');
});

it('table() is never wider than it may be, and keeps every row', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', '日', ' ', 'é'), maxLength: 30 });
  const any = fc.integer({ min: 1, max: 5 }).chain((rows) =>
    fc.array(fc.record({ name: cell, cells: fc.array(cell, { minLength: rows, maxLength: rows }) }), {
      minLength: 1,
    }),
  );
  fc.assert(
    fc.property(any, fc.integer({ min: 1, max: 100 }), (drawn, width) => {
      const lines = table(drawn, { width, isBold: false }).split('\n');
      expect(lines).toHaveLength((drawn[0]?.cells.length ?? 0) + 2);
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
    }),
  );
});
