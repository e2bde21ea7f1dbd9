import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { migrate } from './migrate.ts';
import { migrations as released } from './migrations/index.ts';
import type { ColumnTypes, Migration } from './migrations/migration.ts';
import { openConnection, type SqliteConnection } from './sqlite/sqlite-database.ts';

const types: ColumnTypes = { integer: sql`integer`, bytes: sql`blob`, text: sql`text`, tableEnd: sql`strict` };
const first: Migration = { name: '0001-a', up: async (db) => void (await sql`create table a (x text)`.execute(db)) };
const second: Migration = { name: '0002-b', up: async (db) => void (await sql`create table b (x text)`.execute(db)) };
const failing: Migration = {
  name: '0002-fails',
  async up(db) {
    await sql`create table b (x text)`.execute(db);
    throw new Error('stop');
  },
};

function openForTest(): SqliteConnection {
  const connection = openConnection(':memory:', { isReadOnly: false });
  onTestFinished(() => connection.raw.close());
  return connection;
}

function run({ db }: SqliteConnection, migrations: readonly Migration[], nowMs = 1, mayChange = true): Promise<void> {
  return migrate(db, { migrations, types, nowMs, place: '/data', mayChange });
}

function applied({ raw }: SqliteConnection): unknown[] {
  return raw.prepare('select version, name, applied_at_ms as at from schema_migrations order by version').all();
}

function tables({ raw }: SqliteConnection): unknown[] {
  const rows = raw.prepare(`select name from sqlite_schema where type = 'table' and name in ('a', 'b') order by name`);
  return rows.all().map((row) => row['name']);
}

test('migrate() runs each migration once, in order, and remembers when', async () => {
  const connection = openForTest();
  await run(connection, [first], 1);
  await run(connection, [first, second], 2);
  await run(connection, [first, second], 3);
  expect(applied(connection)).toEqual([
    { version: 1, name: '0001-a', at: 1 },
    { version: 2, name: '0002-b', at: 2 },
  ]);
});

test('migrate() keeps nothing of a migration that failed, and the next run goes on from there', async () => {
  const connection = openForTest();
  await expect(run(connection, [first, failing])).rejects.toThrow('stop');
  expect(tables(connection)).toEqual(['a']);
  await run(connection, [first, second]);
  expect(tables(connection)).toEqual(['a', 'b']);
});

test('migrate() changes nothing beside a server of the version before: 9215', async () => {
  const connection = openForTest();
  await run(connection, [first]);
  await expect(run(connection, [first, second], 2, false)).rejects.toMatchObject({ code: 9215 });
  expect(tables(connection)).toEqual(['a']);
  await run(connection, [first], 2, false);
});

test('migrate() refuses a newer schema with 9212', async () => {
  const connection = openForTest();
  await run(connection, [first, second]);
  await expect(run(connection, [first])).rejects.toMatchObject({
    code: 9212,
    message: expect.stringMatching(
      /^Cannot open the data in "\/data": its schema has version 2, this program knows 1/,
    ) as unknown,
  });
});

test('every released migration is named by its number, and every table is strict', async () => {
  expect(released.map(({ name }) => name.slice(0, 5))).toEqual(
    released.map((_, index) => `${String(index + 1).padStart(4, '0')}-`),
  );
  const connection = openForTest();
  await run(connection, released);
  const loose = connection.raw.prepare(`select name from pragma_table_list where schema = 'main' and type = 'table'
    and strict = 0 and name not like 'sqlite_%'`);
  expect(loose.all()).toEqual([]);
});
