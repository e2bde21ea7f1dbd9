import { newId } from '@adit/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fakeClock } from '../clock/fake-clock.testkit.ts';
import { FilterScans } from './filter/filter-scans.ts';
import { pageOf, readPage } from './read-page.ts';

interface Item {
  readonly id: string;
  readonly name: string;
}

/** Newest first. */
function itemsOf(names: readonly string[]): Item[] {
  return names.map((name) => ({ id: newId('vault', 1), name })).reverse();
}

function sourceOf(items: readonly Item[]) {
  const fields = { name: 'string' } as const;
  return {
    idKind: 'vault' as const,
    uri: 'https://api/x',
    filterFields: fields,
    read: pageOf(items),
    show: ({ name }: Item) => ({ name }),
  };
}

const desk = { accountId: newId('account', 1), clock: fakeClock(), scans: new FilterScans() };

/** All pages, one after the other, as a client follows them. */
async function readAll(items: readonly Item[], limit: number, filter: string | undefined) {
  const names: string[] = [];
  let pages = 0;
  for (let before_id: string | undefined, isLast = false; !isLast; pages++) {
    const page = await readPage({ limit, before_id, beforeId: undefined, filter }, sourceOf(items), desk);
    names.push(...page.items.map(({ name }) => name));
    expect(page.items.length).toBeLessThanOrEqual(limit);
    const next = page.next_page_uri === null ? null : new URL(page.next_page_uri).searchParams;
    isLast = next === null;
    before_id = next?.get('before_id') ?? undefined;
    expect(next?.get('filter') ?? filter).toBe(filter);
  }
  return { names, pages };
}

test('pages that are followed answer each object once, in order, whatever the limit and the filter', async () => {
  const names = fc.array(fc.constantFrom('a', 'b'), { maxLength: 30 });
  const filters = fc.constantFrom(undefined, 'obj.name == "a"', 'obj.name == "c"');
  await fc.assert(
    fc.asyncProperty(names, fc.integer({ min: 1, max: 7 }), filters, async (all, limit, filter) => {
      const items = itemsOf(all);
      const wanted = items.map(({ name }) => name).filter((name) => !filter || filter.includes(`"${name}"`));
      expect((await readAll(items, limit, filter)).names).toEqual(wanted);
    }),
  );
});

test('one call looks at a bounded number of objects, and says where to go on', async () => {
  const items = itemsOf(['a', ...Array.from({ length: 2_500 }, () => 'b')]);
  const { names, pages } = await readAll(items, 100, 'obj.name == "a"');
  expect([names, pages]).toEqual([['a'], 3]);
});

test('the last page says that it is the last, also when it is full', async () => {
  const items = itemsOf(['a', 'b', 'c', 'd']);
  expect((await readAll(items, 2, undefined)).pages).toBe(2);
  expect((await readAll(items, 4, undefined)).pages).toBe(1);
});

test('a filter that cannot be used is 250', async () => {
  const query = { limit: 1, before_id: undefined, beforeId: undefined, filter: 'obj.nmae == "a"' };
  await expect(readPage(query, sourceOf([]), desk)).rejects.toMatchObject({ code: 250 });
});

test('all filters together look at a few objects in one turn of the event loop', async () => {
  const items = itemsOf(Array.from({ length: 100 }, () => 'b'));
  const shownInTurn: number[] = [];
  const source = {
    ...sourceOf(items),
    show: ({ name }: Item) => {
      shownInTurn.push((shownInTurn.pop() ?? 0) + 1);
      return { name };
    },
  };
  let isOver = false;
  const nextTurn = (): void => {
    shownInTurn.push(0);
    if (!isOver) setImmediate(nextTurn);
  };
  nextTurn();
  const query = { limit: 100, before_id: undefined, beforeId: undefined, filter: 'obj.name == "a"' };
  const ofAccount = () => readPage(query, source, { ...desk, accountId: newId('account', 1) });
  await Promise.all(Array.from({ length: 20 }, ofAccount));
  isOver = true;
  expect(shownInTurn.reduce((sum, count) => sum + count, 0)).toBe(2_000);
  expect(Math.max(...shownInTurn)).toBeLessThanOrEqual(5);
});

test('a page reads few objects at once, and none that it cannot want', async () => {
  const limits: number[] = [];
  const source = sourceOf(itemsOf(Array.from({ length: 200 }, () => 'b')));
  const counting = {
    ...source,
    read: async (from: Parameters<typeof source.read>[0]) => {
      limits.push(from.limit);
      return await source.read(from);
    },
  };
  for (const limit of [1, 100]) {
    await readPage({ limit, before_id: undefined, beforeId: undefined, filter: undefined }, counting, desk);
  }
  expect(limits).toEqual([2, 26, 26, 26, 26]);
});

test('a page ends with the object that makes it a mebibyte; one that is larger has a page of its own', async () => {
  const large = Array.from({ length: 25 }, () => 'x'.repeat(100_000));
  expect(await readAll(itemsOf(large), 100, undefined)).toEqual({ names: large, pages: 3 });
  const larger = Array.from({ length: 2 }, () => 'x'.repeat(1_100_000));
  expect(await readAll(itemsOf(larger), 100, undefined)).toEqual({ names: larger, pages: 2 });
});
