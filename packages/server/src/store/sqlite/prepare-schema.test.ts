import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import { hashSecret } from '../../domain/secret.ts';
import { schemaVersion } from '../migrate.ts';
import { migrations } from '../migrations/index.ts';
import type { Migration } from '../migrations/migration.ts';
import { openTestSealer } from '../test-sealer.testkit.ts';
import { restoreBackup } from './backup/restore-backup.ts';
import { makeOldDatabase } from './old-database.testkit.ts';
import { openSqliteStore } from './open-sqlite-store.ts';
import { prepareSchema } from './prepare-schema.ts';
import { openConnection, type SqliteConnection } from './sqlite-database.ts';

const program = fileURLToPath(new URL('./migrate-process.testkit.ts', import.meta.url));
const clock = fakeClock();
const first = migrations.slice(0, 1);

function makeTable(name: string): Migration {
  return { name, up: async (db) => void (await sql`create table ${sql.id(name)} (x text)`.execute(db)) };
}

/** A data directory with a database of version 1. */
async function openOld(): Promise<{ path: string; connection: SqliteConnection; prepare: Prepare }> {
  const path = mkdtempSync(join(tmpdir(), 'adit-schema-'));
  const databaseFile = await makeOldDatabase(path, 1);
  const connection = openConnection(databaseFile, { isReadOnly: false });
  onTestFinished(() => {
    if (connection.raw.isOpen) connection.raw.close();
    rmSync(path, { recursive: true });
  });
  const prepare: Prepare = (list, isLocked = true) =>
    prepareSchema(connection, { directory: { path, databaseFile, isLocked }, migrations: list, nowMs: 1 });
  return { path, connection, prepare };
}
type Prepare = (list: readonly Migration[], isLocked?: boolean) => Promise<void>;

const backups = (path: string) => readdirSync(join(path, 'backups')).sort();

test('a new database is migrated without a backup', async () => {
  const { path, prepare } = await openOld();
  await prepare(first);
  const fresh = join(path, 'fresh');
  await (await openSqliteStore({ openSealer: openTestSealer, dataDir: fresh, clock })).close();
  for (const dir of [path, fresh]) expect(readdirSync(dir)).not.toContain('backups');
});

test('data is backed up before its schema changes, for its owner only, and can be restored', async () => {
  const { path, connection, prepare } = await openOld();
  await prepare([...first, makeTable('b')]);
  expect(await schemaVersion(connection.db)).toBe(2);
  expect(backups(path)).toEqual(['schema-1.adit-backup']);
  const file = join(path, 'backups', 'schema-1.adit-backup');
  const modes = [join(path, 'backups'), file].map((each) => (statSync(each).mode & 0o777).toString(8));
  expect(modes).toEqual(['700', '600']);
  const dataDir = join(path, 'restored');
  expect(await restoreBackup({ file, dataDir, clock, record: async () => {} })).toMatchObject({ schemaVersion: 1 });
  await prepare([...first, makeTable('b')]);
  expect(backups(path)).toHaveLength(1);
});

test('one backup is kept for each of the newest three versions, and nothing that a killed process left', async () => {
  const { path, prepare } = await openOld();
  const list = [...first];
  const all = ['b', 'c', 'd', 'e'].map(makeTable);
  await prepare([...list, ...all.slice(0, 1)]);
  writeFileSync(join(path, 'backups', 'schema-1.adit-backup.0123456789ab.copy'), '');
  writeFileSync(join(path, 'backups', 'mine.txt'), '');
  for (const count of [2, 3, 4]) await prepare([...list, ...all.slice(0, count)]);
  expect(backups(path)).toEqual(['mine.txt', ...[2, 3, 4].map((version) => `schema-${version}.adit-backup`)]);
});

test('a migration that fails again and again costs no older backup', async () => {
  const { path, prepare } = await openOld();
  const failing: Migration = { name: 'x', up: () => Promise.reject(new Error('stop')) };
  await prepare([...first, makeTable('b')]);
  const before = readFileSync(join(path, 'backups', 'schema-1.adit-backup'));
  for (let i = 0; i < 5; i++) await expect(prepare([...first, makeTable('b'), failing])).rejects.toThrow('stop');
  expect(backups(path)).toEqual(['schema-1.adit-backup', 'schema-2.adit-backup']);
  expect(readFileSync(join(path, 'backups', 'schema-1.adit-backup')).equals(before)).toBe(true);
});

test('without a backup nothing is migrated', async () => {
  const { path, connection, prepare } = await openOld();
  writeFileSync(join(path, 'backups'), 'a file in its place');
  await expect(prepare([...first, makeTable('b')])).rejects.toMatchObject({ code: 9210 });
  expect(await schemaVersion(connection.db)).toBe(1);
});

test('beside a running server there is no backup, as nothing may change', async () => {
  const { path, prepare } = await openOld();
  await expect(prepare([...first, makeTable('b')], false)).rejects.toMatchObject({ code: 9215 });
  expect(readdirSync(path)).not.toContain('backups');
});

test('SIGKILL in the middle of a migration leaves the version before, whole, and the next start goes on', async () => {
  const { path, connection } = await openOld();
  connection.raw.close();
  const child = spawn(process.execPath, [program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  expect(line).toBe('half way');
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;

  const after = openConnection(join(path, 'adit.db'), { isReadOnly: false });
  expect(await schemaVersion(after.db)).toBe(1);
  expect(after.raw.prepare(`select name from pragma_table_info('accounts')`).all()).toHaveLength(3);
  after.raw.close();
  const store = await openSqliteStore({ openSealer: openTestSealer, dataDir: path, clock });
  onTestFinished(() => store.close());
  expect(await store.findPrincipal('authtoken', hashSecret('fixture secret 3'))).toBeDefined();
  expect(await store.listAccounts()).toHaveLength(3);
  expect(backups(path)).toEqual(['schema-1.adit-backup']);
});
