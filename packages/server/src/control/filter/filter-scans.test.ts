import { setImmediate as nextTurn } from 'node:timers/promises';
import { newId } from '@adit/contracts';
import { expect, test } from 'vitest';
import { FilterScans } from './filter-scans.ts';

const [ann, bob] = [newId('account', 1), newId('account', 1)];

/** Scans that end when they are told to, in the order they began. */
function started(limits = { scansPerAccount: 2, maxWaitingScans: 3 }) {
  const scans = new FilterScans(limits);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const run = (accountId: typeof ann, name: string): Promise<void> =>
    scans.run(accountId, async () => {
      begun.push(name);
      await new Promise<void>((resolve) => ends.set(name, resolve));
    });
  return { scans, begun, run, end: (name: string) => ends.get(name)?.() };
}

test('run() has two of an account at it at once, the others in order, and nobody else waits for them', async () => {
  const { scans, begun, run, end } = started();
  const all = ['a1', 'a2', 'a3', 'a4'].map((name) => run(ann, name));
  all.push(run(bob, 'b1'));
  await nextTurn();
  expect(begun).toEqual(['a1', 'a2', 'b1']);
  end('a2');
  await nextTurn();
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3']);
  for (const name of ['a1', 'a3', 'b1']) end(name);
  await nextTurn();
  end('a4');
  await Promise.all(all);
  expect([begun.at(-1), scans.size]).toEqual(['a4', 0]);
});

test('run() refuses an account that has too many waiting, and says when to come back', async () => {
  const { begun, run, end } = started({ scansPerAccount: 1, maxWaitingScans: 1 });
  const first = run(ann, 'a1');
  const second = run(ann, 'a2');
  const details = { retry_after_seconds: 1 };
  await expect(run(ann, 'a3')).rejects.toMatchObject({ code: 9130, status: 429, details });
  end('a1');
  await nextTurn();
  end('a2');
  await Promise.all([first, second]);
  expect(begun).toEqual(['a1', 'a2']);
});

test('a scan that fails gives its place back', async () => {
  const { scans } = started({ scansPerAccount: 1, maxWaitingScans: 0 });
  await expect(scans.run(ann, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await scans.run(ann, async () => 'next')).toBe('next');
});
