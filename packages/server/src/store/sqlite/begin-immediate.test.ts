import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { newId } from '@adit/contracts';
import { expect, onTestFinished, test } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import { openTestSealer } from '../test-sealer.testkit.ts';
import { openSqliteStore } from './open-sqlite-store.ts';

/** A store, and somebody else who writes to its database and does not end. */
async function locked() {
  const dataDir = mkdtempSync(join(tmpdir(), 'adit-lock-'));
  const clock = fakeClock();
  const store = await openSqliteStore({ dataDir, clock, openSealer: openTestSealer });
  const other = new DatabaseSync(join(dataDir, 'adit.db'));
  onTestFinished(async () => {
    other.close();
    await store.close();
    rmSync(dataDir, { recursive: true });
  });
  other.exec('begin immediate');
  const done: string[] = [];
  const write = (name: string) =>
    store
      .write((tx) => tx.insertAccount({ id: newId('account', tx.nowMs), name, createdAtMs: tx.nowMs }))
      .then(
        () => done.push(name),
        (error: unknown) => done.push(`${name}: ${String(error)}`),
      );
  /** Time goes on, in steps as short as a pause between two tries. */
  const wait = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 25) {
      clock.advance(25);
      await nextTurn();
    }
  };
  return { clock, store, other, done, write, wait };
}

test('while somebody else writes, reads go on; the changes come behind, in order', async () => {
  const { store, other, done, write, wait } = await locked();
  const both = [write('first'), write('second')];
  await wait(4_000);
  expect([done, await store.listAccounts()]).toEqual([[], []]);
  other.exec('rollback');
  await wait(25);
  await Promise.all(both);
  expect(done).toEqual(['first', 'second']);
});

test('a change that cannot begin within five seconds fails, and the next one is tried', async () => {
  const { other, done, write, wait, clock } = await locked();
  const first = write('first');
  await wait(5_050);
  await first;
  expect(done).toEqual(['first: Error: database is locked']);
  const second = write('second');
  await wait(25);
  other.exec('rollback');
  await wait(25);
  await second;
  expect([done.at(-1), clock.pendingTimers]).toEqual(['second', 0]);
});
