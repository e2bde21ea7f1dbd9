import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../clock/system-clock.ts';
import type { DatabaseAddress } from '../../domain/database-address.ts';
import { migrate } from '../migrate.ts';
import { migrations } from '../migrations/index.ts';
import { openTestSealer } from '../test-sealer.testkit.ts';
import { inspectDatabase } from './inspect-database.ts';
import { openPostgresOperatorStore } from './open-postgres-operator-store.ts';
import { openPostgresStore } from './open-postgres-store.ts';
import { defaultPostgresLimits as limits } from './postgres-limits.ts';
import { isPostgresInstalled, type PostgresServer, startPostgres } from './postgres-server.testkit.ts';
import { columnTypes as types } from './postgres-types.ts';
import { withConnection } from './with-connection.ts';

const nowMs = Date.UTC(2026, 5, 1);
const notice = { channel: 'adit', text: '' };

describe.skipIf(!isPostgresInstalled)('on PostgreSQL,', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.close());

  const open = (address: DatabaseAddress) =>
    openPostgresOperatorStore({ address, clock: systemClock, openSealer: openTestSealer, notice });

  test('data of an older version is told what the next start runs, and is not opened or changed', async () => {
    const address = await server.createDatabase();
    const first = migrations.slice(0, 1);
    await withConnection({ address, limits }, (db) =>
      migrate(db, { migrations: first, types, nowMs, place: 'here', mayChange: true }),
    );
    const expected = {
      ...{ schemaVersion: 1, knownVersion: migrations.length, isTried: false, accounts: 0, newestRecordMs: null },
      pending: migrations.slice(1).map(({ name }) => name),
    };
    for (let times = 0; times < 2; times++) expect(await inspectDatabase(address)).toMatchObject(expected);
    await expect(open(address)).rejects.toMatchObject({ code: 9261 });
  });

  test('data of a newer version, and none, are refused', async () => {
    const address = await server.createDatabase();
    await expect(inspectDatabase(address)).rejects.toMatchObject({ code: 9260 });
    await (await openPostgresStore({ address, clock: systemClock, openSealer: openTestSealer })).close();
    expect(await inspectDatabase(address)).toMatchObject({ pending: [] });
    await server.query("insert into schema_migrations values (9999, 'from-the-future', 0)", address.database);
    await expect(inspectDatabase(address)).rejects.toMatchObject({ code: 9212 });
    await expect(open(address)).rejects.toMatchObject({ code: 9212 });
  });
});
