import type { Kysely, Selectable } from 'kysely';
import type { CertificatePem } from '../domain/certificates.ts';
import type {
  AcmeAccount,
  ChallengeAnswer,
  IssuedFacts,
  ManagedCertificate,
  ManagedCertificateReader,
  OrderAttempt,
} from '../domain/managed-certificates.ts';
import type { SealContext, Sealer } from '../domain/sealer.ts';
import type { Tables } from './tables.ts';

type Db = Kysely<Tables>;
type Row = Omit<Selectable<Tables['managed_certificates']>, 'chain' | 'sealed_key'>;

/** All but the chain and the key: lists never touch them. */
const factColumns = [
  ...(['name', 'first_order_ms', 'serial_number', 'directory_url', 'not_before_ms', 'not_after_ms'] as const),
  ...(['renew_at_ms', 'started_at_ms', 'holder', 'until_ms', 'failures', 'error_kind', 'error_message'] as const),
] as const;

export async function listManagedCertificates(db: Db): Promise<ManagedCertificate[]> {
  const rows = await db.selectFrom('managed_certificates').select(factColumns).orderBy('name').execute();
  return rows.map(toManagedCertificate);
}

export async function findManagedCertificate(db: Db, name: string): Promise<ManagedCertificate | undefined> {
  const query = db.selectFrom('managed_certificates').select(factColumns).where('name', '=', name);
  const row = await query.executeTakeFirst();
  return row && toManagedCertificate(row);
}

export async function readManagedCertificate(
  db: Db,
  name: string,
  sealer: Sealer,
): Promise<CertificatePem | undefined> {
  const row = await db
    .selectFrom('managed_certificates')
    .select(['chain', 'sealed_key'])
    .where('name', '=', name)
    .executeTakeFirst();
  if (!row || row.chain === null || row.sealed_key === null) return undefined;
  return { cert: row.chain, key: Buffer.from(sealer.open(row.sealed_key, certificateContext(name))).toString() };
}

export async function readAcmeAccount(db: Db, directoryUrl: string, sealer: Sealer): Promise<AcmeAccount | undefined> {
  const query = db.selectFrom('acme_accounts').selectAll().where('directory_url', '=', directoryUrl);
  const row = await query.executeTakeFirst();
  if (!row) return undefined;
  const key = Buffer.from(sealer.open(row.sealed_key, accountContext(directoryUrl))).toString();
  return { directoryUrl, accountUrl: row.account_url, key };
}

export async function putAcmeAccount(db: Db, account: AcmeAccount, sealer: Sealer): Promise<void> {
  const { directoryUrl, accountUrl, key } = account;
  const values = { account_url: accountUrl, sealed_key: sealer.seal(Buffer.from(key), accountContext(directoryUrl)) };
  await db
    .insertInto('acme_accounts')
    .values({ directory_url: directoryUrl, ...values })
    .onConflict((conflict) => conflict.column('directory_url').doUpdateSet(values))
    .execute();
}

/** Of several for one name, as a takeover leaves them, the one that was put last. */
export async function findChallengeAnswer(
  db: Db,
  question: Parameters<ManagedCertificateReader['findChallengeAnswer']>[0],
  nowMs: number,
): Promise<ChallengeAnswer | undefined> {
  const { name, type } = question;
  let query = db
    .selectFrom('challenge_answers')
    .selectAll()
    .where('name', '=', name)
    .where('type', '=', type)
    .where('expires_at_ms', '>', nowMs)
    .orderBy('expires_at_ms', 'desc');
  if (question.type === 'http-01') query = query.where('token', '=', question.token);
  const row = await query.limit(1).executeTakeFirst();
  if (!row) return undefined;
  const { token, key_authorization: keyAuthorization, expires_at_ms: expiresAtMs } = row;
  return { name, type, token, keyAuthorization, expiresAtMs };
}

export async function putChallengeAnswer(db: Db, answer: ChallengeAnswer, nowMs: number): Promise<void> {
  await db.deleteFrom('challenge_answers').where('expires_at_ms', '<=', nowMs).execute();
  const { name, type, token } = answer;
  const values = { key_authorization: answer.keyAuthorization, expires_at_ms: answer.expiresAtMs };
  await db
    .insertInto('challenge_answers')
    .values({ name, type, token, ...values })
    .onConflict((conflict) => conflict.columns(['name', 'type', 'token']).doUpdateSet(values))
    .execute();
}

export async function deleteChallengeAnswers(db: Db, name: string): Promise<void> {
  await db.deleteFrom('challenge_answers').where('name', '=', name).execute();
}

/** What the key of a certificate is sealed for. */
export function certificateContext(name: string): SealContext {
  return ['key of a managed certificate', name];
}

/** What the key of an account at an authority is sealed for. */
export function accountContext(directoryUrl: string): SealContext {
  return ['key of an ACME account', directoryUrl];
}

function toManagedCertificate(row: Row): ManagedCertificate {
  return { name: row.name, issued: issuedOf(row), attempt: attemptOf(row) };
}

function issuedOf(row: Row): IssuedFacts | null {
  const { serial_number: serialNumber, directory_url: directoryUrl } = row;
  const { not_before_ms: notBeforeMs, not_after_ms: notAfterMs, renew_at_ms: renewAtMs } = row;
  if (serialNumber === null || directoryUrl === null) return null;
  if (notBeforeMs === null || notAfterMs === null || renewAtMs === null) return null;
  return { serialNumber, directoryUrl, notBeforeMs, notAfterMs, renewAtMs };
}

function attemptOf({ started_at_ms: startedAtMs, until_ms: untilMs, ...row }: Row): OrderAttempt | null {
  if (startedAtMs === null || untilMs === null) return null;
  const { holder, failures, error_kind: kind, error_message: message } = row;
  return { startedAtMs, untilMs, holder, failures, error: kind === null ? null : { kind, message: message ?? '' } };
}
