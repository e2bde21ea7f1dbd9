import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { fakeClock } from '../../../clock/fake-clock.testkit.ts';
import { usualRoles } from '../../../domain/roles.ts';
import { hashSecret, newSecret } from '../../../domain/secret.ts';
import { migrations } from '../../migrations/index.ts';
import { addMember, makeCredential } from '../../store-rows.testkit.ts';
import { openTestSealer } from '../../test-sealer.testkit.ts';
import { makeOldDatabase } from '../old-database.testkit.ts';
import { openSqliteStore } from '../open-sqlite-store.ts';
import { type RestoreOptions, restoreBackup } from './restore-backup.ts';
import { writeBackup } from './write-backup.ts';

const clock = fakeClock();
const writeProgram = fileURLToPath(new URL('../store-process.testkit.ts', import.meta.url));
const restoreProgram = fileURLToPath(new URL('./restore-process.testkit.ts', import.meta.url));

function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'adit-backup-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A store with somebody in it, open as by a server. */
async function openFilled() {
  const dataDir = join(scratch(), 'data');
  const store = await openSqliteStore({ openSealer: openTestSealer, dataDir, clock });
  onTestFinished(() => store.close());
  const secret = newSecret('authtoken');
  const member = await store.write(async (tx) => {
    const made = await addMember(tx);
    await tx.insertCredential(makeCredential(made), hashSecret(secret));
    return made;
  });
  return { dataDir, databaseFile: join(dataDir, 'adit.db'), store, member, secret };
}

function restore(file: string, dataDir: string, record: RestoreOptions['record'] = async () => {}) {
  return restoreBackup({ file, dataDir, clock, record });
}

async function reopen(dataDir: string) {
  const store = await openSqliteStore({ openSealer: openTestSealer, dataDir, clock });
  onTestFinished(() => store.close());
  return store;
}

test('a backup of a store in use, restored elsewhere, has everything', async () => {
  const { databaseFile, member, secret } = await openFilled();
  const file = join(scratch(), 'backup');
  const head = await writeBackup(databaseFile, file, { nowMs: 5_000 });
  expect(head).toMatchObject({ madeAt: '1970-01-01T00:00:05.000Z', accounts: 1, schemaVersion: migrations.length });
  expect((statSync(file).mode & 0o777).toString(8)).toBe('600');

  const target = join(scratch(), 'new', 'data');
  expect(await restore(file, target)).toEqual(head);
  expect(readdirSync(target).sort()).toEqual(['adit.db', 'lock.db']);
  const modes = [target, join(target, 'adit.db')].map((path) => (statSync(path).mode & 0o777).toString(8));
  expect(modes).toEqual(['700', '600']);
  const store = await reopen(target);
  expect(await store.findPrincipal('authtoken', hashSecret(secret))).toMatchObject({ accountId: member.account.id });
});

test('behind its first line a backup is a database that any SQLite reads', async () => {
  const { databaseFile } = await openFilled();
  const file = join(scratch(), 'backup');
  await writeBackup(databaseFile, file, { nowMs: 0 });
  const bytes = readFileSync(file);
  const plain = join(scratch(), 'plain.db');
  writeFileSync(plain, bytes.subarray(bytes.indexOf('\n') + 1));
  const raw = new DatabaseSync(plain, { readOnly: true });
  expect(raw.prepare('select count(*) as n from credentials').get()).toEqual({ n: 1 });
  raw.close();
});

test('[invariant: no-secret-leaves] a backup holds no secret, no key, and nothing that was deleted', async () => {
  const { databaseFile, dataDir, store, member, secret } = await openFilled();
  writeFileSync(join(dataDir, 'signing.key'), 'THE-SIGNING-KEY');
  const credential = { ...makeCredential(member), description: 'DELETED-LONG-AGO' };
  await store.write((tx) => tx.insertCredential(credential, hashSecret('x')));
  await store.write((tx) => tx.deleteCredential(credential));
  const issued = { serialNumber: '0a', directoryUrl: 'https://ca', notBeforeMs: 0, notAfterMs: 2, renewAtMs: 1 };
  const keys = ['KEY-OF-A-CERTIFICATE', 'KEY-OF-AN-ACME-ACCOUNT'] as const;
  await store.write(async (tx) => {
    await tx.recordIssued('a.example', { ...issued, pem: { cert: 'THE-CHAIN', key: keys[0] } });
    await tx.putAcmeAccount({ directoryUrl: 'https://ca', accountUrl: null, key: keys[1] });
  });
  const file = join(scratch(), 'backup');
  await writeBackup(databaseFile, file, { nowMs: 0 });
  const bytes = readFileSync(file);
  expect(bytes.includes(Buffer.from(hashSecret(secret)))).toBe(true);
  expect(bytes.includes('THE-CHAIN')).toBe(true);
  for (const text of [secret.slice('adit_at_'.length), 'THE-SIGNING-KEY', 'DELETED-LONG-AGO', ...keys]) {
    expect(bytes.includes(text)).toBe(false);
  }
});

test('a backup is of one moment, while another process writes on', async () => {
  const dir = scratch();
  const dataDir = join(dir, 'data');
  // Each of its changes adds a credential and an audit record: a copy between the two would have more of one.
  const child = spawn(process.execPath, [writeProgram, dataDir, 'write'], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const seen: number[] = [];
  for (let i = 0; i < 8; i++) {
    for (let line = 0; line < 20; line++) expect((await lines.next()).done).toBe(false);
    const [file, target] = [join(dir, `backup-${i}`), join(dir, `restored-${i}`)];
    await writeBackup(join(dataDir, 'adit.db'), file, { nowMs: 0 });
    await restore(file, target);
    const raw = new DatabaseSync(join(target, 'adit.db'), { readOnly: true });
    const count = (table: string) => Number(raw.prepare(`select count(*) as n from ${table}`).get()?.['n']);
    expect(count('credentials')).toBe(count('audit_events'));
    seen.push(count('credentials'));
    raw.close();
  }
  expect(seen).toEqual([...new Set(seen)].sort((one, other) => one - other));
  expect(child.exitCode).toBeNull();
});

test('what is there already is not overwritten, and nothing half written is left', async () => {
  const { databaseFile } = await openFilled();
  const dir = scratch();
  writeFileSync(join(dir, 'backup'), 'older');
  await expect(writeBackup(databaseFile, join(dir, 'backup'), { nowMs: 0 })).rejects.toMatchObject({ code: 9203 });
  await expect(writeBackup(databaseFile, join(dir, 'no', 'folder'), { nowMs: 0 })).rejects.toMatchObject({
    code: 9203,
  });
  expect(readdirSync(dir)).toEqual(['backup']);
  expect(readFileSync(join(dir, 'backup'), 'utf8')).toBe('older');
});

test('a damaged database is not backed up: 9213', async () => {
  const { databaseFile, store } = await openFilled();
  await store.close();
  writeFileSync(databaseFile, readFileSync(databaseFile).fill(0xff, 4096));
  const dir = scratch();
  await expect(writeBackup(databaseFile, join(dir, 'backup'), { nowMs: 0 })).rejects.toMatchObject({ code: 9213 });
  expect(readdirSync(dir)).toEqual([]);
});

test.each<[string, number, (bytes: Buffer) => Buffer]>([
  ['is empty', 9218, () => Buffer.alloc(0)],
  ['is something else', 9218, () => Buffer.from('#!/bin/sh\necho hello\n')],
  ['has no line at all', 9218, () => Buffer.alloc(100_000, 'x')],
  ['lacks its end', 9218, (bytes) => bytes.subarray(0, -1)],
  ['has more behind its end', 9218, (bytes) => Buffer.concat([bytes, Buffer.from('x')])],
  ['has one bit that is another', 9218, (bytes) => Buffer.from(bytes.with(-5000, (bytes.at(-5000) ?? 0) ^ 1))],
  ['is of a newer schema', 9212, (bytes) => replaced(bytes, /"schemaVersion":\d+/, '"schemaVersion":999')],
  ['is of a newer format', 9212, (bytes) => replaced(bytes, /adit-backup\/1/, 'adit-backup/2')],
])('a backup that %s is refused with %i and leaves nothing', async (_, code, change) => {
  const { databaseFile } = await openFilled();
  const file = join(scratch(), 'backup');
  await writeBackup(databaseFile, file, { nowMs: 0 });
  writeFileSync(file, change(readFileSync(file)));
  const target = scratch();
  await expect(restore(file, target)).rejects.toMatchObject({ code });
  expect(readdirSync(target)).toEqual(['lock.db']);
});

function replaced(bytes: Buffer, pattern: RegExp, by: string): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(pattern, by), 'latin1');
}

test('a backup that is not there is refused with 9202', async () => {
  await expect(restore(join(scratch(), 'nothing'), scratch())).rejects.toMatchObject({
    code: 9202,
    message: expect.stringContaining('it does not exist') as unknown,
  });
});

test('a directory with anything in it is refused with 9219 and left as it is; one with a server in it with 9211', async () => {
  const { databaseFile, dataDir, store } = await openFilled();
  const file = join(scratch(), 'backup');
  await writeBackup(databaseFile, file, { nowMs: 0 });
  await expect(restore(file, dataDir)).rejects.toMatchObject({ code: 9211 });
  await store.close();
  await expect(restore(file, dataDir)).rejects.toMatchObject({ code: 9219 });
  const other = scratch();
  mkdirSync(join(other, 'photos'));
  await expect(restore(file, other)).rejects.toMatchObject({ code: 9219 });
  expect(readdirSync(other)).toEqual(['photos']);
});

test('a backup of an older version is brought up to date', async () => {
  const old = await makeOldDatabase(join(scratch(), 'old'), 1);
  const file = join(scratch(), 'backup');
  expect(await writeBackup(old, file, { nowMs: 0 })).toMatchObject({ schemaVersion: 1, accounts: 3 });
  const target = scratch();
  await restore(file, target);
  const store = await reopen(target);
  expect(await store.listAccounts()).toHaveLength(3);
  expect(await store.findPrincipal('authtoken', hashSecret('fixture secret 3'))).toMatchObject({
    roles: usualRoles.developer,
  });
});

test('a failure in the last step leaves nothing', async () => {
  const { databaseFile } = await openFilled();
  const file = join(scratch(), 'backup');
  await writeBackup(databaseFile, file, { nowMs: 0 });
  const target = scratch();
  await expect(restore(file, target, () => Promise.reject(new Error('stop')))).rejects.toThrow('stop');
  expect(readdirSync(target)).toEqual(['lock.db']);
});

test.skipIf(spawnSync('mkfifo', ['--version']).error !== undefined)(
  'a restore that is killed half way leaves no data, and can be repeated',
  async () => {
    const { databaseFile, secret } = await openFilled();
    const dir = scratch();
    const [file, pipe, target] = [join(dir, 'backup'), join(dir, 'pipe'), join(dir, 'data')];
    await writeBackup(databaseFile, file, { nowMs: 0 });
    spawnSync('mkfifo', [pipe]);
    const child = spawn(process.execPath, [restoreProgram, pipe, target], { stdio: 'inherit' });
    onTestFinished(() => void child.kill('SIGKILL'));
    const bytes = readFileSync(file);
    const feed = createWriteStream(pipe).on('error', () => undefined);
    feed.write(bytes.subarray(0, bytes.length / 2));
    await expect
      .poll(() => statSync(join(target, 'restoring.db'), { throwIfNoEntry: false })?.size)
      .toBeGreaterThan(10_000);
    // Nobody else gets in between.
    await expect(restore(file, target)).rejects.toMatchObject({ code: 9211 });
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    feed.destroy();
    expect(readdirSync(target)).not.toContain('adit.db');
    await restore(file, target);
    expect(readdirSync(target).filter((name) => name.startsWith('restoring'))).toEqual([]);
    expect(await (await reopen(target)).findPrincipal('authtoken', hashSecret(secret))).toBeDefined();
  },
);
