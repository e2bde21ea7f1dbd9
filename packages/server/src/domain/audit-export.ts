// The exported form of an audit log: JSON Lines. The first line has account, number of records and head; then one line for each
// record, oldest first, with all that its hash covers. Every line has exactly the spelling that `formatLine` gives it, so that
// no byte of a file can change unnoticed.
import type { Id } from '@adit/contracts';
import { auditFormat, type ChainedAuditRecord, type ChainHead, chainStart } from './audit-chain.ts';
import type { Store } from './store.ts';

const recordsPerRead = 500;

/** The log of an account as lines, each with its "\n", read in batches. What is written meanwhile is left for the next export. */
export async function* exportAudit(
  store: Pick<Store, 'findAuditHead' | 'readAudit'>,
  accountId: Id<'account'>,
): AsyncGenerator<string> {
  const head = (await store.findAuditHead(accountId)) ?? { seq: 0, hash: chainStart };
  yield `${formatHeader({ ...head, accountId })}\n`;
  for (let afterSeq = 0; afterSeq < head.seq; ) {
    const limit = Math.min(recordsPerRead, head.seq - afterSeq);
    const records = await store.readAudit({ accountId, afterSeq, limit });
    for (const record of records) yield `${formatRecord(record)}\n`;
    // A log with holes is exported as it is: whoever verifies it shall see them.
    afterSeq = records.at(-1)?.seq ?? head.seq;
  }
}

export interface ExportHeader extends ChainHead {
  readonly accountId: string;
}

function formatHeader({ accountId, seq, hash }: ExportHeader): string {
  return JSON.stringify({
    format: auditFormat,
    account: accountId,
    hash: 'sha-256',
    records: seq,
    head: hex(hash),
  });
}

function formatRecord(record: ChainedAuditRecord): string {
  return JSON.stringify({
    seq: record.seq,
    id: record.id,
    at_ms: record.atMs,
    actor_user_id: record.actorUserId,
    actor_credential_id: record.actorCredentialId,
    person: record.personId,
    who: record.who && Buffer.from(record.who).toString('base64url'),
    action: record.action,
    resource_id: record.resourceId,
    details: record.details,
    hash: hex(record.hash),
  });
}

/** Undefined: this is no such line, or not in the one right spelling. */
export function parseHeader(line: string): ExportHeader | undefined {
  const { account, records, head } = fieldsOf(line);
  const header = { accountId: text(account), seq: Number(records), hash: Buffer.from(String(head), 'hex') };
  return formatHeader(header) === line && header.hash.length === chainStart.length ? header : undefined;
}

/** Undefined: this is no such line, or not in the one right spelling. */
export function parseRecord(line: string, accountId: string): ChainedAuditRecord | undefined {
  const fields = fieldsOf(line);
  const record = {
    accountId,
    seq: Number(fields['seq']),
    id: text(fields['id']),
    atMs: Number(fields['at_ms']),
    actorUserId: fields['actor_user_id'] === null ? null : text(fields['actor_user_id']),
    actorCredentialId: fields['actor_credential_id'] === null ? null : text(fields['actor_credential_id']),
    personId: fields['person'] === null ? null : text(fields['person']),
    who: fields['who'] === null ? null : Buffer.from(text(fields['who']), 'base64url'),
    action: text(fields['action']),
    resourceId: text(fields['resource_id']),
    details: text(fields['details']),
    hash: Buffer.from(String(fields['hash']), 'hex'),
  };
  // Whatever the conversions above took for something else is spelt differently now.
  return formatRecord(record) === line ? record : undefined;
}

function fieldsOf(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Half a surrogate pair, which JSON can spell, is hashed as the replacement character: it must not look like one. */
function text(value: unknown): string {
  return String(value).toWellFormed();
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
