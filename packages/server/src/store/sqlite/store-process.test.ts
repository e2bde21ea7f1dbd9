import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../clock/system-clock.ts';
import type { Store } from '../../domain/store.ts';
import { verifyChain } from '../../domain/verify-chain.ts';
import { addMember } from '../store-rows.testkit.ts';
import { writtenNumbers } from '../store-writer.testkit.ts';
import { openTestSealer } from '../test-sealer.testkit.ts';
import { openSqliteStore } from './open-sqlite-store.ts';

const program = fileURLToPath(new URL('./store-process.testkit.ts', import.meta.url));

function dataDirForTest(): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'adit-store-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
  return dataDir;
}

async function openForTest(dataDir: string): Promise<Store> {
  const store = await openSqliteStore({ dataDir, clock: systemClock, openSealer: openTestSealer });
  onTestFinished(() => store.close());
  return store;
}

function startProcess(dataDir: string, mode: 'hold' | 'write'): { child: ChildProcess; lines: AsyncIterator<string> } {
  const child = spawn(process.execPath, [program, dataDir, mode], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

async function killHard(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** Lets the process write until it has acknowledged that many, kills it, and answers all it acknowledged. */
async function writeAndKill(dataDir: string, atLeast: number): Promise<string[]> {
  const { child, lines } = startProcess(dataDir, 'write');
  expect((await lines.next()).value).toBe('open');
  const acknowledged: string[] = [];
  for (let next = await lines.next(); !next.done; next = await lines.next()) {
    acknowledged.push(next.value.replace('ack ', ''));
    if (acknowledged.length === atLeast) await killHard(child);
  }
  return acknowledged;
}

test.each([3, 40, 111])('SIGKILL after %i acknowledged changes loses none and keeps no half of one', async (count) => {
  const dataDir = dataDirForTest();
  const acknowledged = await writeAndKill(dataDir, count);
  expect(acknowledged.length).toBeGreaterThanOrEqual(count);
  const { credentials, audit } = await writtenNumbers(await openForTest(dataDir));
  // At most one more was committed and not yet acknowledged when the process died.
  expect(credentials.slice(0, acknowledged.length)).toEqual(acknowledged);
  expect(credentials.length).toBeLessThanOrEqual(acknowledged.length + 1);
  expect(audit).toEqual(credentials);
  expect(credentials.some((number) => Number(number) % 7 === 0)).toBe(false);
});

test.each([
  ['cut in the middle of its last page', (file: string) => truncateSync(file, statSync(file).size - 2000)],
  [
    'overwritten in its last page',
    (file: string) => writeFileSync(file, readFileSync(file).fill(0xee, statSync(file).size - 1000)),
  ],
  ['cut inside a frame header', (file: string) => truncateSync(file, statSync(file).size - 4096 - 10)],
])('a write-ahead log %s recovers to the last whole commit', async (_, tear) => {
  const dataDir = dataDirForTest();
  const acknowledged = await writeAndKill(dataDir, 20);
  tear(join(dataDir, 'adit.db-wal'));
  const store = await openForTest(dataDir);
  const { credentials, audit } = await writtenNumbers(store);
  expect(audit).toEqual(credentials);
  // Only the torn commit is gone: the last acknowledged one, or one that was not acknowledged yet.
  expect(credentials).toEqual(acknowledged.slice(0, credentials.length));
  expect(credentials.length).toBeGreaterThanOrEqual(acknowledged.length - 1);
  const accountId = (await store.findFirstAdministrator())?.accountId;
  if (!accountId) throw new Error('the account is gone');
  await store.write((tx) => tx.appendAudit({ accountId, actor: null, action: 'a', resourceId: 'on', details: {} }));
  expect((await writtenNumbers(store)).audit.at(-1)).toBe('on');
});

test('beside another process the store is open without the lock, which it gets when that one is gone', async () => {
  const dataDir = dataDirForTest();
  const first = startProcess(dataDir, 'hold');
  expect((await first.lines.next()).value).toBe('open');
  const second = await openSqliteStore({ dataDir, clock: systemClock, openSealer: openTestSealer, beside: true });
  onTestFinished(() => second.close());
  expect(second.claimDirectory()).toBe(false);
  await second.write((tx) => addMember(tx));
  await killHard(first.child);
  expect(second.claimDirectory()).toBe(true);
  expect(second.claimDirectory()).toBe(true);
  const third = startProcess(dataDir, 'hold');
  expect((await third.lines.next()).value).toBe('refused 9211');
});

test('two processes that write at once keep one chain', async () => {
  const dataDir = dataDirForTest();
  const other = startProcess(dataDir, 'write');
  expect((await other.lines.next()).value).toBe('open');
  const store = await openSqliteStore({ dataDir, clock: systemClock, openSealer: openTestSealer, beside: true });
  onTestFinished(() => store.close());
  await other.lines.next();
  const accountId = (await store.findFirstAdministrator())?.accountId ?? 'ac_';
  for (let i = 0; i < 30; i++) {
    await store.write((tx) => tx.appendAudit({ accountId, actor: null, action: 'a', resourceId: 'here', details: {} }));
    await other.lines.next();
  }
  await killHard(other.child);
  const records = await store.readAudit({ accountId, afterSeq: 0, limit: 1e6 });
  await verifyChain(records, await store.findAuditHead(accountId));
  const here = records.filter(({ resourceId }) => resourceId === 'here').length;
  expect([here, records.length - here > 30]).toEqual([30, true]);
});

test('hasChanged() tells once of what another process committed, and not of its own changes', async () => {
  const dataDir = dataDirForTest();
  const store = await openSqliteStore({ dataDir, clock: systemClock, openSealer: openTestSealer });
  onTestFinished(() => store.close());
  store.hasChanged();
  expect(store.hasChanged()).toBe(false);
  // A connection of its own is as good as another process.
  const raw = new DatabaseSync(join(dataDir, 'adit.db'));
  raw.exec(`begin; insert into users values ('usr_x', 'rolled back', 0); rollback`);
  expect(store.hasChanged()).toBe(false);
  raw.exec(`insert into users values ('usr_x', 'from outside', 0)`);
  raw.close();
  expect([store.hasChanged(), store.hasChanged()]).toEqual([true, false]);
  await store.write((tx) => addMember(tx));
  expect(store.hasChanged()).toBe(false);
});

test('a second server is refused with 9211 while the first lives, and let in when it was killed', async () => {
  const dataDir = dataDirForTest();
  const first = startProcess(dataDir, 'hold');
  expect((await first.lines.next()).value).toBe('open');
  await expect(openSqliteStore({ dataDir, clock: systemClock, openSealer: openTestSealer })).rejects.toMatchObject({
    code: 9211,
    message: `Cannot open the data directory "${dataDir}": another server uses it. Stop that server, take over from it with --take-over, or choose another --data-dir`,
  });
  const second = startProcess(dataDir, 'hold');
  expect((await second.lines.next()).value).toBe('refused 9211');
  await killHard(first.child);
  await (await openSqliteStore({ dataDir, clock: systemClock, openSealer: openTestSealer })).close();
});

test('a refused second opening in the same process leaves the lock of the first in place', async () => {
  const dataDir = dataDirForTest();
  const store = await openForTest(dataDir);
  await expect(openSqliteStore({ dataDir, clock: systemClock, openSealer: openTestSealer })).rejects.toMatchObject({
    code: 9211,
  });
  const other = startProcess(dataDir, 'hold');
  expect((await other.lines.next()).value).toBe('refused 9211');
  await store.close();
  await (await openSqliteStore({ dataDir, clock: systemClock, openSealer: openTestSealer })).close();
});

test('the directory and its files are made for this user only', async () => {
  const dataDir = join(dataDirForTest(), 'new', 'deeper');
  await openForTest(dataDir);
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
  expect(mode(dataDir)).toBe('700');
  for (const name of ['adit.db', 'adit.db-wal', 'adit.db-shm', 'lock.db']) {
    expect([name, mode(join(dataDir, name))]).toEqual([name, '600']);
  }
});

test('a path below a regular file is refused with 9210, which names it', async () => {
  const dataDir = dataDirForTest();
  writeFileSync(join(dataDir, 'file'), '');
  for (const below of ['file', 'file/data']) {
    const path = join(dataDir, below);
    await expect(
      openSqliteStore({ dataDir: path, clock: systemClock, openSealer: openTestSealer }),
    ).rejects.toMatchObject({
      code: 9210,
      message: `Cannot open the data directory "${path}": it is not writable. Change its owner, or choose another --data-dir`,
    });
  }
});

test.skipIf(!existsSync('/proc/self'))('a directory that takes no files is refused with 9210', async () => {
  await expect(
    openSqliteStore({ dataDir: '/proc/self', clock: systemClock, openSealer: openTestSealer }),
  ).rejects.toMatchObject({ code: 9210 });
});

test('a newer schema is refused with 9212 and left as it is', async () => {
  const dataDir = dataDirForTest();
  await (await openSqliteStore({ dataDir, clock: systemClock, openSealer: openTestSealer })).close();
  const raw = new DatabaseSync(join(dataDir, 'adit.db'));
  raw.exec(`insert into schema_migrations values (999, '0999-from-the-future', 0)`);
  raw.close();
  const before = readFileSync(join(dataDir, 'adit.db'));
  await expect(openSqliteStore({ dataDir, clock: systemClock, openSealer: openTestSealer })).rejects.toMatchObject({
    code: 9212,
    message: expect.stringContaining(`"${dataDir}": its schema has version 999`) as unknown,
  });
  expect(readFileSync(join(dataDir, 'adit.db')).equals(before)).toBe(true);
});

test.each([
  ['is not a database', (bytes: Buffer) => bytes.fill(0x41)],
  ['has a damaged schema', (bytes: Buffer) => bytes.fill(0xff, 100, 4096)],
])('a file that %s is refused with 9213, and the lock is let go', async (_, damage) => {
  const dataDir = dataDirForTest();
  await (await openSqliteStore({ dataDir, clock: systemClock, openSealer: openTestSealer })).close();
  const file = join(dataDir, 'adit.db');
  const good = readFileSync(file);
  writeFileSync(file, damage(Buffer.from(good)));
  await expect(openSqliteStore({ dataDir, clock: systemClock, openSealer: openTestSealer })).rejects.toMatchObject({
    code: 9213,
    message: `Cannot open the data directory "${dataDir}": its data is damaged. Restore a backup, or choose another --data-dir`,
  });
  writeFileSync(file, good);
  await (await openSqliteStore({ dataDir, clock: systemClock, openSealer: openTestSealer })).close();
});
