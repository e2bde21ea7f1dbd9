import { inspect } from 'node:util';
import { newId } from '@adit/contracts';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import { systemClock } from '../../clock/system-clock.ts';
import type { DatabaseAddress } from '../../domain/database-address.ts';
import { hashSecret, newSecret } from '../../domain/secret.ts';
import type { Store } from '../../domain/store.ts';
import { addMember, makeCredential, partsOf } from '../store-rows.testkit.ts';
import { storeSuite, suiteNowMs } from '../store-suite.testkit.ts';
import { openTestSealer } from '../test-sealer.testkit.ts';
import { openPostgresStore } from './open-postgres-store.ts';
import { openDatabase } from './postgres-database.ts';
import { defaultPostgresLimits } from './postgres-limits.ts';
import { isPostgresInstalled, type PostgresServer, startPostgres } from './postgres-server.testkit.ts';
import type { PostgresStore } from './postgres-store.ts';

describe.skipIf(!isPostgresInstalled)('on PostgreSQL,', () => {
  const clock = fakeClock(suiteNowMs);
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.close());

  storeSuite('PostgresStore', async () => {
    const address = await server.createDatabase();
    let store = await openPostgresStore({ openSealer: openTestSealer, address, clock });
    return {
      store,
      async reopen() {
        await store.close();
        store = await openPostgresStore({ openSealer: openTestSealer, address, clock });
        return store;
      },
      async dispose() {
        await store.close();
        await server.query(`drop database ${address.database}`);
      },
    };
  });

  async function openForTest(address: DatabaseAddress): Promise<PostgresStore> {
    const store = await openPostgresStore({ openSealer: openTestSealer, address, clock: systemClock });
    onTestFinished(() => store.close());
    return store;
  }

  test('hasChanged() tells of every commit once, also of one that was begun before what was seen', async () => {
    const address = await server.createDatabase();
    const [one, two] = await Promise.all([openForTest(address), openForTest(address)]);
    const changes = async () => [await one.hasChanged(), await one.hasChanged()];
    await changes();
    await one.ping();
    expect(await changes()).toEqual([false, false]);
    await two.write((tx) => addMember(tx));
    expect(await changes()).toEqual([true, false]);

    const slow = openDatabase(address, { ...defaultPostgresLimits, maxConnections: 1 });
    onTestFinished(() => slow.destroy());
    await slow.transaction().execute(async (db) => {
      await sql`select pg_current_xact_id()`.execute(db);
      await two.write((tx) => addMember(tx));
      expect(await changes()).toEqual([true, false]);
    });
    expect(await changes()).toEqual([true, false]);
  });

  test('of two changes that want the same, both are done, one after the other, whichever server asked', async () => {
    const address = await server.createDatabase();
    const [one, two] = await Promise.all([openForTest(address), openForTest(address)]);
    const { account } = await one.write((tx) => addMember(tx));
    const record = { accountId: account.id, actor: null, action: 'a.b', details: {} };
    const write = (store: Store, resourceId: string) => store.write((tx) => tx.appendAudit({ ...record, resourceId }));
    const names = Array.from({ length: 100 }, (_, number) => `${number}`);
    await Promise.all(names.flatMap((name) => [write(one, `one ${name}`), write(two, `two ${name}`)]));
    const log = (await one.listAudit(account.id, 1000)).map(({ resourceId }) => resourceId);
    expect(log.toSorted()).toEqual(names.flatMap((name) => [`one ${name}`, `two ${name}`]).toSorted());
    const seqs = await server.query('select seq from audit_events order by seq', address.database);
    expect(seqs.map(({ seq }) => Number(seq))).toEqual(names.concat(names).map((_, index) => index + 1));
  });

  test('of two servers that want the same order exactly one has it', async () => {
    const address = await server.createDatabase();
    const stores = [await openForTest(address), await openForTest(address)];
    const untilMs = Date.now() + 60_000;
    for (let round = 0; round < 20; round++) {
      const name = `${round}.example.com`;
      const begin = (store: Store, holder: string) => store.write((tx) => tx.beginOrder({ name, holder, untilMs }));
      const won = await Promise.all(stores.map((store, index) => begin(store, `${index}`)));
      expect(won.filter(Boolean)).toHaveLength(1);
      const { attempt } = (await stores[0]?.findManagedCertificate(name)) ?? {};
      expect(attempt?.holder).toBe(`${won.indexOf(true)}`);
    }
  });

  test('a change that another server got in the way of runs again, and sees what that one did', async () => {
    const address = await server.createDatabase();
    const [one, two] = [await openForTest(address), await openForTest(address)];
    const member = await one.write((tx) => addMember(tx));
    const credential = makeCredential(member);
    const record = { accountId: member.account.id, actor: null, action: 'a.b', details: {} };
    const seen: boolean[] = [];
    await one.write(async (tx) => {
      seen.push((await tx.findCredential(credential)) !== undefined);
      if (seen.length === 1) {
        await two.write(async (other) => {
          await other.insertCredential(credential, hashSecret('a'));
          await other.appendAudit({ ...record, resourceId: 'two' });
        });
      }
      // Some code tells its callers nothing of where an error came from.
      await tx.appendAudit({ ...record, resourceId: 'one' }).catch(() => expect.unreachable());
    });
    expect(seen).toEqual([false, true]);
    expect((await two.listAudit(member.account.id, 10)).map(({ resourceId }) => resourceId)).toEqual(['one', 'two']);
  });

  test('a change that is always in somebody’s way is refused with 9216 in the end, and keeps nothing', async () => {
    const address = await server.createDatabase();
    const limits = { ...defaultPostgresLimits, maxWriteTries: 3, retryPauseMs: 0 };
    const one = await openPostgresStore({ openSealer: openTestSealer, address, clock: systemClock, limits });
    onTestFinished(() => one.close());
    const two = await openForTest(address);
    const { account } = await one.write((tx) => addMember(tx));
    const record = { accountId: account.id, actor: null, action: 'a.b', resourceId: 'one', details: {} };
    let tries = 0;
    const change = one.write(async (tx) => {
      tries += 1;
      await tx.findCredential(makeCredential({ account, user: { id: newId('user', 0), name: '', createdAtMs: 0 } }));
      await two.write((other) => other.appendAudit({ ...record, resourceId: `two ${tries}` }));
      await tx.appendAudit(record);
    });
    await expect(change).rejects.toMatchObject({ code: 9216 });
    expect(tries).toBe(3);
    const log = await two.listAudit(account.id, 10);
    expect(log.map(({ resourceId }) => resourceId)).toEqual(['two 3', 'two 2', 'two 1']);
  });

  test('servers that start at once on an empty database make its schema once', async () => {
    const address = await server.createDatabase();
    const stores = await Promise.all([1, 2, 3, 4].map(() => openForTest(address)));
    await Promise.all(stores.map((store) => store.write((tx) => addMember(tx))));
    const [row] = await server.query('select count(*) from accounts', address.database);
    expect(row).toEqual({ count: '4' });
  });

  test('a newer schema is refused with 9212, an older one that may not be changed with 9215', async () => {
    const address = await server.createDatabase();
    const open = openPostgresStore({ openSealer: openTestSealer, address, clock, mayMigrate: false });
    await expect(open).rejects.toMatchObject({ code: 9215 });
    await openForTest(address);
    await server.query(`insert into schema_migrations values (999, '0999-from-the-future', 0)`, address.database);
    await expect(openPostgresStore({ openSealer: openTestSealer, address, clock })).rejects.toMatchObject({
      code: 9212,
      message: expect.stringContaining(`"127.0.0.1:${server.port}/${address.database}": its schema has version 999`),
    });
  });

  test.each<[string, Partial<DatabaseAddress>, number, string]>([
    ['a database that is not there', { database: 'nowhere' }, 9217, 'there is no such database'],
    ['a wrong password', { password: 'guess-7' }, 9217, 'it does not accept this user with this password'],
    ['no password', { password: '' }, 9216, 'password must be a non-empty string'],
    ['a user it does not know', { user: 'nobody' }, 9217, 'it does not accept this user with this password'],
    ['a port where nobody listens', { port: 1 }, 9216, 'ECONNREFUSED'],
    ['TLS it does not have', { ssl: { host: '127.0.0.1' } }, 9216, 'SSL'],
  ])(
    '[invariant: no-secret-leaves] %s is told with host and database, without the password',
    async (_, wrong, code, why) => {
      const address = { ...(await server.createDatabase()), ...wrong };
      const error = await openPostgresStore({ openSealer: openTestSealer, address, clock }).catch(
        (thrown: Error) => thrown,
      );
      expect(error).toMatchObject({ code });
      const { message } = error as Error;
      expect(message).toMatch(/^Cannot open the database/);
      expect(message).toContain(`"${address.database}" on "127.0.0.1:${address.port}" as "${address.user}": `);
      expect(message).toContain(why);
      if (address.password) expect(message).not.toContain(address.password);
    },
  );

  test('a user that may not make tables is refused with 9217', async () => {
    const address = await server.createDatabase();
    await server.query(`create role guest login password 'guest'`);
    await expect(
      openPostgresStore({
        openSealer: openTestSealer,
        address: { ...address, user: 'guest', password: 'guest' },
        clock,
      }),
    ).rejects.toMatchObject({ code: 9217, message: expect.stringContaining('may not make tables') as unknown });
  });

  test('a database whose text cannot hold every character is refused with 9217', async () => {
    const address = await server.createDatabase(`encoding 'LATIN1' locale 'C' template template0`);
    await expect(openPostgresStore({ openSealer: openTestSealer, address, clock })).rejects.toMatchObject({
      code: 9217,
      message: expect.stringContaining('its encoding is LATIN1') as unknown,
    });
  });

  test('a server that does not wait for its disk is refused with 9217', async () => {
    const address = await server.createDatabase();
    const setFsync = async (value: string) => {
      await server.query(`alter system set fsync = ${value}`);
      await server.query('select pg_reload_conf()');
      await expect.poll(async () => (await server.query('show fsync'))[0]).toEqual({ fsync: value });
    };
    onTestFinished(() => setFsync('on'));
    await setFsync('off');
    await expect(openPostgresStore({ openSealer: openTestSealer, address, clock })).rejects.toMatchObject({
      code: 9217,
      message: expect.stringContaining('"fsync" is off') as unknown,
    });
  });

  test('a commit waits for the disk, even where the database’s own default is not to', async () => {
    const address = await server.createDatabase();
    await server.query(`alter database ${address.database} set synchronous_commit = off`);
    const db = openDatabase(address, { ...defaultPostgresLimits, maxConnections: 1 });
    onTestFinished(() => db.destroy());
    const { rows } = await sql`show synchronous_commit`.execute(db);
    expect(rows).toEqual([{ synchronous_commit: 'on' }]);
  });

  test('a statement that takes too long is ended, and is 9216', async () => {
    const address = await server.createDatabase();
    const store = await openPostgresStore({
      openSealer: openTestSealer,
      address,
      clock,
      limits: { ...defaultPostgresLimits, statementTimeoutMs: 50 },
    });
    onTestFinished(() => store.close());
    const db = openDatabase(address, { ...defaultPostgresLimits, maxConnections: 1 });
    onTestFinished(() => db.destroy());
    await db.transaction().execute(async (tx) => {
      await sql`lock table accounts in access exclusive mode`.execute(tx);
      await expect(store.ping()).rejects.toMatchObject({ code: 9216, cause: { code: '57014' } });
      await expect(store.write((other) => other.isEmpty())).rejects.toMatchObject({ code: 9216 });
    });
    await store.ping();
  });

  test('a statement without an answer costs its connection only', async () => {
    const address = await server.createDatabase();
    const limits = { ...defaultPostgresLimits, statementTimeoutMs: 0, answerTimeoutMs: 100, maxConnections: 1 };
    const db = openDatabase(address, limits);
    onTestFinished(() => db.destroy());
    await expect(sql`select pg_sleep(60)`.execute(db)).rejects.toMatchObject({ code: 9216 });
    expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
    await server.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid()",
    );
  });

  test('whole numbers come back as numbers, or not at all; bytes as bytes', async () => {
    const db = openDatabase(await server.createDatabase(), { ...defaultPostgresLimits, maxConnections: 1 });
    onTestFinished(() => db.destroy());
    const { rows } = await sql`select ${Number.MAX_SAFE_INTEGER}::bigint as n, '\\x00ff'::bytea as b`.execute(db);
    expect(rows).toStrictEqual([{ n: Number.MAX_SAFE_INTEGER, b: new Uint8Array([0, 255]) }]);
    await expect(sql`select 9007199254740992::bigint`.execute(db)).rejects.toThrow(RangeError);
    expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
  });

  test.each([
    ['an object', { a: 1 }],
    ['a date', new Date(0)],
    ['an array', [1]],
    ['a boolean', true],
    ['undefined', undefined],
    ['not a number', Number.NaN],
  ])('a query refuses %s as a parameter instead of binding something else', async (_, value) => {
    const db = openDatabase(await server.createDatabase(), { ...defaultPostgresLimits, maxConnections: 1 });
    onTestFinished(() => db.destroy());
    await expect(sql`select ${value}`.execute(db)).rejects.toThrow(/^Cannot bind SQL parameter 1/);
  });

  test('[invariant: no-secret-leaves] an error does not repeat the row that was refused', async () => {
    const store = await openForTest(await server.createDatabase());
    const member = await store.write((tx) => addMember(tx));
    const credential = { ...makeCredential(member), metadata: 'do not repeat this' };
    const change = store.write((tx) => tx.insertCredential(credential, new Uint8Array(31)));
    const error: unknown = await change.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: '23514', constraint: 'credentials_secret_hash_check' });
    expect(inspect(error, { depth: 9 })).not.toContain('do not repeat this');
  });

  test('[invariant: no-secret-leaves] no table of the store holds a secret', async () => {
    const address = await server.createDatabase();
    const store = await openForTest(address);
    const secret = newSecret('api_key');
    await store.write(async (tx) => {
      await tx.insertCredential(makeCredential(await addMember(tx), 'api_key'), hashSecret(secret));
    });
    // Bytes in hex, where a part of something begins at no other place than it does itself.
    const hex = (part: string | Uint8Array): string => Buffer.from(part).toString('hex');
    const query = `select database_to_xml(true, true, '')::text as dump from set_config('xmlbinary', 'hex', false)`;
    const [row] = await server.query(query, address.database);
    const dump = String(row?.['dump']);
    expect(dump.toLowerCase()).toContain(hex(hashSecret(secret)));
    const found = partsOf(secret).filter((part) => dump.includes(part) || dump.toLowerCase().includes(hex(part)));
    expect(found).toEqual([]);
  });
});
