import { type QueryExecutorProvider, sql } from 'kysely';
import { type AuditFields, auditHash, chainStart } from '../../../domain/audit-chain.ts';
import type { Migration } from '../migration.ts';

const recordsPerRead = 500;

interface OldRow {
  id: string;
  account_id: string;
  seq: number;
  at_ms: number;
  actor_user_id: string | null;
  actor_credential_id: string | null;
  action: string;
  resource_id: string;
  details: string;
}

/**
 * Makes a chain of the audit log of each account, and a place for the keys of its people. Records that are there already
 * keep who did it in clear: there is no key yet, and what was written is not rewritten.
 */
export const auditChain: Migration['up'] = async (db, { integer, bytes, text, tableEnd }) => {
  // A person leaves by deleting the row; nothing points at it but the log, which stays.
  await sql`create table audit_people (
      id ${text} not null primary key,
      account_id ${text} not null references accounts (id),
      user_id ${text} not null,
      sealed_key ${bytes} not null,
      unique (account_id, user_id)
    ) ${tableEnd}`.execute(db);

  // A new table: no column without a default can be added to rows that are there.
  await sql`create table chained_audit_events (
      id ${text} not null primary key,
      account_id ${text} not null references accounts (id),
      seq ${integer} not null,
      at_ms ${integer} not null,
      actor_user_id ${text},
      actor_credential_id ${text},
      person_id ${text},
      who ${bytes},
      action ${text} not null,
      resource_id ${text} not null,
      details ${text} not null,
      hash ${bytes} not null check (length(hash) = 32),
      unique (account_id, seq)
    ) ${tableEnd}`.execute(db);
  await chainOldRecords(db);
  await sql`drop table audit_events`.execute(db);
  await sql`alter table chained_audit_events rename to audit_events`.execute(db);
};

async function chainOldRecords(db: QueryExecutorProvider): Promise<void> {
  let last = { account_id: '', seq: 0 };
  let hash = chainStart;
  for (;;) {
    const { rows } = await sql<OldRow>`select * from audit_events
      where (account_id, seq) > (${last.account_id}, ${last.seq})
      order by account_id, seq limit ${sql.lit(recordsPerRead)}`.execute(db);
    for (const row of rows) {
      hash = auditHash(row.account_id === last.account_id ? hash : chainStart, toFields(row));
      await insert(db, row, hash);
      last = row;
    }
    if (rows.length < recordsPerRead) return;
  }
}

function toFields(row: OldRow): AuditFields {
  return {
    ...{ accountId: row.account_id, seq: Number(row.seq), id: row.id, atMs: Number(row.at_ms) },
    ...{ actorUserId: row.actor_user_id, actorCredentialId: row.actor_credential_id, personId: null, who: null },
    ...{ action: row.action, resourceId: row.resource_id, details: row.details },
  };
}

async function insert(db: QueryExecutorProvider, row: OldRow, hash: Uint8Array): Promise<void> {
  const actor = sql`${row.actor_user_id}, ${row.actor_credential_id}`;
  await sql`insert into chained_audit_events
    (id, account_id, seq, at_ms, actor_user_id, actor_credential_id, action, resource_id, details, hash)
    values (${row.id}, ${row.account_id}, ${row.seq}, ${row.at_ms}, ${actor}, ${row.action}, ${row.resource_id},
      ${row.details}, ${hash})`.execute(db);
}
