import { createPrivateKey } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock as clock } from '../../clock/system-clock.ts';
import { makeAuthority, makeLeaf } from '../../tls/issue.ts';
import { openTestSealer } from '../test-sealer.testkit.ts';
import { openPostgresStore } from './open-postgres-store.ts';
import { openDatabase } from './postgres-database.ts';
import { defaultPostgresLimits } from './postgres-limits.ts';
import { isPostgresInstalled, type PostgresServer, startPostgres } from './postgres-server.testkit.ts';

describe.skipIf(!isPostgresInstalled)('on PostgreSQL with a certificate for localhost,', () => {
  let server: PostgresServer;
  let ca: string;

  beforeAll(async () => {
    server = await startPostgres();
    const nowMs = Date.now();
    const authority = await makeAuthority(['localhost'], nowMs);
    const signer = { cert: authority.cert, key: createPrivateKey(authority.key), notAfterMs: nowMs + 1e10 };
    await server.useCertificate(await makeLeaf(signer, { names: ['localhost'], nowMs }));
    ca = authority.cert;
  }, 60_000);
  afterAll(() => server.close());

  test('connections are encrypted', async () => {
    const address = { ...(await server.createDatabase()), host: 'localhost', ssl: { host: 'localhost', ca } };
    await (await openPostgresStore({ openSealer: openTestSealer, address, clock })).close();
    const db = openDatabase(address, { ...defaultPostgresLimits, maxConnections: 1 });
    onTestFinished(() => db.destroy());
    const { rows } = await sql`select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(db);
    expect(rows).toEqual([{ ssl: true }]);
  });

  test.each([
    ['the CA is not known', 'localhost', false, /certificate/],
    ['the certificate is for another host', '127.0.0.1', true, /does not match/],
  ])('when %s, nothing is sent there: 9216', async (_, host, knowsCa, why) => {
    const ssl = knowsCa ? { host, ca } : { host };
    const address = { ...(await server.createDatabase()), host, ssl };
    await expect(openPostgresStore({ openSealer: openTestSealer, address, clock })).rejects.toMatchObject({
      code: 9216,
      message: expect.stringMatching(why) as unknown,
    });
  });
});
