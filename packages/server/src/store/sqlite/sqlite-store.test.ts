import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AditError } from '@adit/contracts';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import type { Principal } from '../../domain/principal.ts';
import { hashSecret, newSecret } from '../../domain/secret.ts';
import type { Store } from '../../domain/store.ts';
import { openKeyRing } from '../../secrets/open-key-ring.ts';
import { neededKeyIds } from '../../secrets/sealed-form.ts';
import { addMember, makeCredential, partsOf } from '../store-rows.testkit.ts';
import { storeSuite, suiteNowMs } from '../store-suite.testkit.ts';
import { openTestSealer, testSealer } from '../test-sealer.testkit.ts';
import { openSqliteStore } from './open-sqlite-store.ts';
import { openConnection } from './sqlite-database.ts';
import { SqliteStore } from './sqlite-store.ts';

const clock = fakeClock(suiteNowMs);

storeSuite('SqliteStore', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'adit-store-'));
  let store = await openSqliteStore({ dataDir, clock, openSealer: openTestSealer });
  return {
    store,
    async reopen() {
      await store.close();
      store = await openSqliteStore({ dataDir, clock, openSealer: openTestSealer });
      return store;
    },
    async dispose() {
      await store.close();
      rmSync(dataDir, { recursive: true });
    },
  };
});

function dataDirForTest(): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'adit-store-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
  return dataDir;
}

test('[invariant: no-secret-leaves] no file of the store holds a secret', async () => {
  const dataDir = dataDirForTest();
  const store = await openSqliteStore({ dataDir, clock, openSealer: openTestSealer });
  const secret = newSecret('api_key');
  await store.write(async (tx) => {
    await tx.insertCredential(makeCredential(await addMember(tx), 'api_key'), hashSecret(secret));
  });
  const hash = Buffer.from(hashSecret(secret));
  // lock.db is left alone: to open and close it here would drop the lock.
  const read = () =>
    readdirSync(dataDir)
      .filter((name) => name !== 'lock.db')
      .map((name) => readFileSync(join(dataDir, name)));
  const whileOpen = read();
  await store.close();
  for (const files of [whileOpen, read()]) {
    expect(files.some((bytes) => bytes.includes(hash))).toBe(true);
    expect(partsOf(secret).filter((part) => files.some((bytes) => bytes.includes(part)))).toEqual([]);
  }
});

/** A member with a key of the account, and one deed of theirs in the audit log. */
async function actIn(store: Store): Promise<Principal> {
  const secret = hashSecret(newSecret('api_key'));
  await store.write(async (tx) => tx.insertCredential(makeCredential(await addMember(tx), 'api_key'), secret));
  const actor = await store.findPrincipal('api_key', secret);
  if (!actor) throw new Error('the key is gone');
  const record = { accountId: actor.accountId, action: 'a.b', resourceId: 'x', details: {} };
  await store.write((tx) => tx.appendAudit({ ...record, actor: { ...actor, clientAddress: '203.0.113.77' } }));
  return actor;
}

test('no file of the store holds where a person of the audit log called from, nor the key of one who was erased', async () => {
  const dataDir = dataDirForTest();
  const store = await openSqliteStore({ dataDir, clock, openSealer: openTestSealer });
  const actor = await actIn(store);
  const file = join(dataDir, 'adit.db');
  const connection = openConnection(file, { isReadOnly: true });
  const { sealed_key } = await connection.db.selectFrom('audit_people').selectAll().executeTakeFirstOrThrow();
  connection.raw.close();
  await store.write((tx) => tx.erasePerson(actor));
  await store.close();
  expect(readFileSync(file).includes('203.0.113.77')).toBe(false);
  expect(readFileSync(file).includes(Buffer.from(sealed_key))).toBe(false);
});

test('openSqliteStore() tells which keys the data needs, and passes on what opening them throws', async () => {
  const dataDir = dataDirForTest();
  const needed: string[][] = [];
  const open = (error?: Error) =>
    openSqliteStore({
      dataDir,
      clock,
      openSealer: async (sealed) => {
        needed.push([...neededKeyIds(sealed)]);
        if (error) throw error;
        return testSealer;
      },
    });
  const store = await open();
  for (let i = 0; i < 3; i++) await actIn(store);
  await store.close();
  const refusal = new AditError(9240);
  await expect(open(refusal)).rejects.toBe(refusal);
  await (await open()).close();
  expect(needed).toEqual([[], [testSealer.currentKeyId], [testSealer.currentKeyId]]);
});

test('resealSome() moves what is sealed to the new key, so many at a time, after which the old one is not needed', async () => {
  const dataDir = dataDirForTest();
  const file = join(dataDir, 'secrets.key');
  const needed: string[][] = [];
  const open = () =>
    openSqliteStore({
      dataDir,
      clock,
      openSealer: (sealed) => {
        needed.push([...neededKeyIds(sealed)]);
        return openKeyRing({ file }, sealed);
      },
    });
  const store = await open();
  const people: Principal[] = [];
  for (let i = 0; i < 5; i++) people.push(await actIn(store));
  const issued = { serialNumber: '0a', directoryUrl: 'https://ca', notBeforeMs: 0, notAfterMs: 2, renewAtMs: 1 };
  const pem = { cert: 'CHAIN', key: 'KEY' };
  const account = { directoryUrl: 'https://ca', accountUrl: null, key: 'ACCOUNT-KEY' };
  const [totpOf, seed] = [people[0]?.userId ?? 'usr_', Buffer.alloc(20, 9)];
  await store.write(async (tx) => {
    await tx.beginOrder({ name: 'none.yet', holder: 'me', untilMs: 0 });
    await tx.recordIssued('a.example', { ...issued, pem });
    await tx.putAcmeAccount(account);
    await tx.putTotp(totpOf, seed);
  });
  await store.close();

  const old = (await openKeyRing({ file }, [])).currentKeyId;
  const current = await (await openKeyRing({ file }, [])).rotateKey();
  const rotated = await open();
  await actIn(rotated);
  const moved: number[] = [];
  for (let count = -1; count !== 0; moved.push(count)) count = await rotated.write((tx) => tx.resealSome(2));
  expect(moved).toEqual([2, 2, 2, 2, 0]);
  expect(await rotated.readManagedCertificate('a.example')).toEqual(pem);
  expect(await rotated.readAcmeAccount('https://ca')).toEqual(account);
  expect(await rotated.write((tx) => tx.readTotp(totpOf))).toMatchObject({ seed });
  for (const { accountId, userId } of people) {
    expect(await rotated.listAudit(accountId, 10)).toMatchObject([{ actorState: 'known', actorUserId: userId }]);
  }
  await rotated.close();
  await (await open()).close();
  expect(needed).toEqual([[], [old], [current]]);
});

/** A store whose connections the test can reach. */
async function openBareStore(): Promise<{ store: Store; writer: ReturnType<typeof openConnection> }> {
  const dataDir = dataDirForTest();
  await (await openSqliteStore({ dataDir, clock, openSealer: openTestSealer })).close();
  const writer = openConnection(join(dataDir, 'adit.db'), { isReadOnly: false });
  const reader = openConnection(join(dataDir, 'adit.db'), { isReadOnly: true });
  const store = new SqliteStore({
    writer,
    reader,
    clock,
    sealer: testSealer,
    directory: { claim: () => true, unlock: () => undefined },
  });
  onTestFinished(() => store.close());
  return { store, writer };
}

test('a full disk rejects the change with 9214, keeps nothing of it, and writing goes on when there is room again', async () => {
  const { store, writer } = await openBareStore();
  const member = await store.write((tx) => addMember(tx));
  const { page_count: pages } = writer.raw.prepare('pragma page_count').get() ?? {};
  writer.raw.exec(`pragma max_page_count = ${Number(pages)}`);
  const accountId = member.account.id;
  const big = { accountId, actor: null, action: 'a.b', resourceId: 'x', details: { text: 'x'.repeat(50_000) } };
  const change = store.write(async (tx) => {
    await tx.insertCredential(makeCredential(member), hashSecret('small'));
    await tx.appendAudit(big);
  });
  await expect(change).rejects.toMatchObject({ code: 9214, cause: { errcode: 13 } });
  expect(await store.listCredentials({ accountId, kind: 'authtoken', limit: 10 })).toEqual([]);

  writer.raw.exec('pragma max_page_count = 100000');
  await store.write((tx) => tx.appendAudit(big));
  expect(await store.listAudit(accountId, 10)).toHaveLength(1);
});

test('a change that failed leaves no transaction open', async () => {
  const { store, writer } = await openBareStore();
  await expect(store.write(() => Promise.reject(new Error('stop')))).rejects.toThrow('stop');
  expect(writer.raw.isTransaction).toBe(false);
});

test('a transaction that could not be rolled back is not carried into the next change', async () => {
  const { store, writer } = await openBareStore();
  writer.raw.exec(`begin; insert into users values ('usr_x', 'left behind', 0)`);
  await store.write((tx) => addMember(tx));
  expect(writer.raw.prepare(`select * from users where id = 'usr_x'`).all()).toEqual([]);
});

test('a statement on a damaged database is 9213', async () => {
  const { store, writer } = await openBareStore();
  await store.write((tx) => addMember(tx));
  writer.raw.exec('pragma wal_checkpoint(truncate)');
  const file = String(writer.raw.location());
  const bytes = readFileSync(file);
  // Page 1 has the schema; the tables are behind it.
  writeFileSync(file, bytes.fill(0xff, 4096));
  await expect(store.ping()).rejects.toMatchObject({ code: 9213 });
});

test.each([
  ['an object', { a: 1 }],
  ['a date', new Date(0)],
  ['an array', [1]],
  ['a boolean', true],
  ['undefined', undefined],
  ['not a number', Number.NaN],
])('a query refuses %s as a parameter instead of binding something else', async (_, value) => {
  const { raw, db } = openConnection(':memory:', { isReadOnly: false });
  onTestFinished(() => raw.close());
  await expect(sql`select ${value}`.execute(db)).rejects.toThrow(/^Cannot bind SQL parameter 1/);
});

test.each([
  ['the key of a person is damaged', 'update audit_people set sealed_key = zeroblob(77)'],
  [
    'the key of a person is another’s',
    `update audit_people set id = 'pn_x'; update audit_events set person_id = 'pn_x'`,
  ],
  ['a record is damaged', 'update audit_events set who = zeroblob(90)'],
  ['a record is another’s', `update audit_events set id = 'ev_x'`],
  ['a record has lost who did it', 'update audit_events set who = null'],
])('when %s, the log can still be read, and says so', async (_, damage) => {
  const { store, writer } = await openBareStore();
  const { accountId } = await actIn(store);
  writer.raw.exec(damage);
  expect(await store.listAudit(accountId, 10)).toMatchObject([
    { actorState: 'unreadable', actorUserId: null, resourceId: 'x' },
  ]);
});
