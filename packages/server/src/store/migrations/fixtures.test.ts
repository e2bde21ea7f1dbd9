import type { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hashSecret } from '../../domain/secret.ts';
import { listAudit } from '../audit/read-audit.ts';
import { migrate } from '../migrate.ts';
import { findPrincipal } from '../queries.ts';
import { sqliteColumnTypes } from '../sqlite/sqlite-column-types.ts';
import { openConnection, type SqliteConnection } from '../sqlite/sqlite-database.ts';
import { testSealer } from '../test-sealer.testkit.ts';
import { fixtureOf, sqliteBytes } from './fixtures.testkit.ts';
import { migrations } from './index.ts';

/** Every version that a migration leads away from. */
const versions = migrations.slice(0, -1).map((_, index) => index + 1);

function migrateTo({ db }: SqliteConnection, version: number): Promise<void> {
  const options = { types: sqliteColumnTypes, nowMs: 1, place: '/data', mayChange: true };
  return migrate(db, { ...options, migrations: migrations.slice(0, version) });
}

async function openFixture(version: number): Promise<SqliteConnection> {
  const connection = openConnection(':memory:', { isReadOnly: false });
  onTestFinished(() => connection.raw.close());
  await migrateTo(connection, version);
  connection.raw.exec(fixtureOf(version, sqliteBytes));
  return connection;
}

type Row = Record<string, unknown>;

/** Every table with its rows, but for the record of the migrations. */
function contents(raw: DatabaseSync): Map<string, Row[]> {
  const tables = raw.prepare(`select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'`).all();
  const names = tables.map((row) => String(row['name'])).filter((name) => name !== 'schema_migrations');
  return new Map(names.map((name) => [name, raw.prepare(`select * from ${name} order by rowid`).all()]));
}

describe.each(versions)('a database of version %i', (version) => {
  test('has a fixture with rows in every table', async () => {
    const { raw } = await openFixture(version);
    const empty = [...contents(raw)].filter(([, rows]) => rows.length === 0).map(([table]) => table);
    expect(empty).toEqual([]);
  });

  test('keeps every row and every value on the way to the newest version', async () => {
    const connection = await openFixture(version);
    const before = contents(connection.raw);
    await migrateTo(connection, migrations.length);
    const after = contents(connection.raw);
    for (const [table, rows] of before) {
      expect([table, after.get(table)]).toEqual([table, rows.map((row) => expect.objectContaining(row) as unknown)]);
    }
    expect(connection.raw.prepare('pragma foreign_key_check').all()).toEqual([]);
    expect(connection.raw.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' });
  });

  test('reads as today’s program reads: who holds a secret, and what the log says', async () => {
    const connection = await openFixture(version);
    await migrateTo(connection, migrations.length);
    const { db } = connection;
    const principal = await findPrincipal(db, 'authtoken', hashSecret('fixture secret 4'));
    expect(principal).toMatchObject({ roles: { administrator: true }, credentialKind: 'authtoken' });
    expect(await findPrincipal(db, 'api_key', hashSecret('fixture secret 1'))).toMatchObject({
      roles: { administrator: true },
    });
    const [newest] = await listAudit(
      db,
      { accountId: principal?.accountId ?? 'ac_', limit: 10, beforeId: undefined },
      testSealer,
    );
    expect(newest).toMatchObject({
      actorCredentialId: principal?.credentialId,
      details: { kind: 'authtoken', text: `it's; "odd" 株式` },
    });
  });
});
