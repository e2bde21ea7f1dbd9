import type { Id } from '@adit/contracts';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { verifyChain } from '../../../domain/verify-chain.ts';
import { findAuditHead, listAudit, readAudit } from '../../audit/read-audit.ts';
import { migrate } from '../../migrate.ts';
import { openConnection } from '../../sqlite/sqlite-database.ts';
import { testSealer } from '../../test-sealer.testkit.ts';
import { accounts } from '../0001-accounts.ts';
import { controlPlane } from '../0002-control-plane.ts';
import type { Migration } from '../migration.ts';

const types = { integer: sql`integer`, bytes: sql`blob`, text: sql`text`, tableEnd: sql`strict` };

/** A log of that many records in each account, as the version before wrote it. */
async function openOldLog(records: Readonly<Record<string, number>>) {
  const { raw, db } = openConnection(':memory:', { isReadOnly: false });
  onTestFinished(() => raw.close());
  const run = (migrations: readonly Migration[]) =>
    migrate(db, { migrations, types, nowMs: 1, place: '/data', mayChange: true });
  await run([accounts]);
  const account = raw.prepare('insert into accounts values (?, ?, 0)');
  const event = raw.prepare('insert into audit_events values (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  for (const id of Object.keys(records)) account.run(id, id);
  // As it happened: the accounts' records between each other.
  for (let seq = 1; seq <= Math.max(...Object.values(records)); seq++) {
    for (const [id, length] of Object.entries(records)) {
      const actor = seq === 1 ? [null, null] : ['usr_1', 'ak_1'];
      if (seq <= length) event.run(`ev_${id}_${seq}`, id, seq, seq * 1000, ...actor, 'a.b', `r${seq}`, '{"n":"ü"}');
    }
  }
  return { db, raw, upgrade: () => run([accounts, controlPlane]) };
}

test('records that are there already become a chain for each account, and lose nothing', async () => {
  const lengths = { ac_b: 1203, ac_a: 2, ac_c: 1, ac_none: 0 };
  const { db, raw, upgrade } = await openOldLog(lengths);
  const columns = 'id, account_id, seq, at_ms, actor_user_id, actor_credential_id, action, resource_id, details';
  const all = () => raw.prepare(`select ${columns} from audit_events order by account_id, seq`).all();
  const before = all();
  await upgrade();
  expect(all()).toEqual(before);
  for (const [id, length] of Object.entries(lengths)) {
    const accountId = id as Id<'account'>;
    const records = await readAudit(db, { accountId, afterSeq: 0, limit: 10_000 });
    expect(await verifyChain(records, await findAuditHead(db, accountId))).toMatchObject({ seq: length });
  }
});

test('records from before still say who did it', async () => {
  const { db, upgrade } = await openOldLog({ ac_a: 2 });
  await upgrade();
  const listed = await listAudit(db, { accountId: 'ac_a', limit: 10, beforeId: undefined }, testSealer);
  expect(listed).toMatchObject([
    { actorState: 'known', actorUserId: 'usr_1', actorCredentialId: 'ak_1', actorName: null, details: { n: 'ü' } },
    { actorState: 'server', actorUserId: null },
  ]);
});

test('the upgraded log keeps its rules: one place for each record, and a whole hash', async () => {
  const { raw, upgrade } = await openOldLog({ ac_a: 1 });
  await upgrade();
  const insert = (seq: number, hash: Uint8Array, account = 'ac_a') =>
    raw
      .prepare(`insert into audit_events values ('ev_${seq}', ?, ?, 0, null, null, null, null, 'a.b', 'r', '{}', ?)`)
      .run(account, seq, hash);
  expect(() => insert(1, new Uint8Array(32))).toThrow(/UNIQUE/);
  expect(() => insert(2, new Uint8Array(31))).toThrow(/CHECK/);
  expect(() => insert(2, new Uint8Array(32), 'ac_x')).toThrow(/FOREIGN KEY/);
  insert(2, new Uint8Array(32));
});
