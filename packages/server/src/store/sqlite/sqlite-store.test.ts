import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import { hashSecret, newSecret } from '../../domain/secret.ts';
import type { Store } from '../../domain/store.ts';
import { addMember, makeCredential } from '../store-rows.testkit.ts';
import { storeSuite, suiteNowMs } from '../store-suite.testkit.ts';
import { openSqliteStore } from './open-sqlite-store.ts';
import { openConnection } from './sqlite-database.ts';
import { SqliteStore } from './sqlite-store.ts';

const clock = fakeClock(suiteNowMs);

storeSuite('SqliteStore', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'adit-store-'));
  let store = await openSqliteStore({ dataDir, clock });
  return {
    store,
    async reopen() {
      await store.close();
      store = await openSqliteStore({ dataDir, clock });
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
  const store = await openSqliteStore({ dataDir, clock });
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
    expect(files.some((bytes) => bytes.includes(secret.slice('adit_ak_'.length)))).toBe(false);
  }
});

/** A store whose connections the test can reach. */
async function openBareStore(): Promise<{ store: Store; writer: ReturnType<typeof openConnection> }> {
  const dataDir = dataDirForTest();
  await (await openSqliteStore({ dataDir, clock })).close();
  const writer = openConnection(join(dataDir, 'adit.db'), { isReadOnly: false });
  const reader = openConnection(join(dataDir, 'adit.db'), { isReadOnly: true });
  const store = new SqliteStore({ writer, reader, clock, directory: { claim: () => true, unlock: () => undefined } });
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
