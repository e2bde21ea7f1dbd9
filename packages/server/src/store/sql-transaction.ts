import type { Id } from '@adit/contracts';
import type { Kysely } from 'kysely';
import type { Claim, Document, DocumentId, DocumentKey, DocumentLinks, DocumentQuery } from '../domain/document.ts';
import type { Account, Credential, CredentialId, NewAccount, User, UserId } from '../domain/entities.ts';
import type { StoredPassword, StoredTotp } from '../domain/logins.ts';
import type { AcmeAccount, ChallengeAnswer } from '../domain/managed-certificates.ts';
import type { SecretsSealer } from '../domain/sealer.ts';
import type {
  AccountSummary,
  AuditRecord,
  CredentialKey,
  IdempotencyKey,
  IdempotentRequest,
  Member,
  MemberKey,
  StoreTransaction,
} from '../domain/store.ts';
import { deleteAccount, findAccounts, listAccounts } from './account-queries.ts';
import { appendAudit } from './audit/append-audit.ts';
import { erasePerson } from './audit/audit-people.ts';
import * as orders from './certificate-orders.ts';
import * as documents from './document-queries.ts';
import { putSecret } from './document-secrets.ts';
import * as idempotency from './idempotency-queries.ts';
import * as logins from './login-queries.ts';
import * as certificates from './managed-certificate-rows.ts';
import * as members from './member-queries.ts';
import { countCredentials, findAccount, findCredential } from './queries.ts';
import { resealSome } from './sealed-values.ts';
import type { Tables } from './tables.ts';

/**
 * A transaction over whatever connection it is given; begin, commit and rollback are the store's. It knows when it is
 * over: a statement that came later would run outside any transaction, and be kept although the caller was told "no".
 */
export class SqlTransaction implements StoreTransaction {
  readonly nowMs: number;
  readonly #db: Kysely<Tables>;
  readonly #sealer: SecretsSealer;
  readonly #lockSealed: (db: Kysely<Tables>) => Promise<void>;
  readonly #running = new Set<Promise<unknown>>();
  #failure: { readonly error: unknown } | undefined;
  #isOver = false;

  /** @param options.lockSealed Has nobody else change what is sealed until the transaction ends. */
  constructor(
    db: Kysely<Tables>,
    options: { nowMs: number; sealer: SecretsSealer; lockSealed(db: Kysely<Tables>): Promise<void> },
  ) {
    this.#db = db;
    this.#lockSealed = (inside) => options.lockSealed(inside);
    this.#sealer = options.sealer;
    this.nowMs = options.nowMs;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Takes no more calls, and waits for those that nobody awaited. Answers whether there were such, and what the first call
   * threw that failed: after that there is nothing to commit, as PostgreSQL takes no more statements.
   */
  async end(): Promise<{ hadUnawaitedCalls: boolean; failure: { readonly error: unknown } | undefined }> {
    this.#isOver = true;
    const unawaited = [...this.#running];
    await Promise.allSettled(unawaited);
    return { hadUnawaitedCalls: unawaited.length > 0, failure: this.#failure };
  }

  isEmpty(): Promise<boolean> {
    return this.#run(async (db) => {
      const row = await db.selectFrom('accounts').select('id').limit(1).executeTakeFirst();
      return row === undefined;
    });
  }

  insertAccount(account: NewAccount): Promise<void> {
    return this.#run(async (db) => {
      const row = { id: account.id, name: account.name, created_at_ms: account.createdAtMs };
      await db.insertInto('accounts').values(row).execute();
    });
  }

  renameAccount({ id, name, revision }: Account): Promise<void> {
    return this.#run(async (db) => {
      await db.updateTable('accounts').set({ name, revision }).where('id', '=', id).execute();
    });
  }

  findAccount(id: Id<'account'>): Promise<Account | undefined> {
    return this.#run((db) => findAccount(db, id));
  }

  findAccounts(nameOrId: string): Promise<Account[]> {
    return this.#run((db) => findAccounts(db, nameOrId));
  }

  listAccounts(): Promise<AccountSummary[]> {
    return this.#run((db) => listAccounts(db));
  }

  listMembers(accountId?: Id<'account'>): Promise<Member[]> {
    return this.#run((db) => members.listMembers(db, accountId));
  }

  setSuspended(id: Id<'account'>, suspendedAtMs: number | null): Promise<void> {
    return this.#run(async (db) => {
      await db.updateTable('accounts').set({ suspended_at_ms: suspendedAtMs }).where('id', '=', id).execute();
    });
  }

  deleteAccount(id: Id<'account'>, details: AuditRecord['details']): Promise<void> {
    const record = { id, deleted_at_ms: this.nowMs, details: JSON.stringify(details) };
    return this.#run((db) => deleteAccount(db, id, record));
  }

  insertUser(user: User): Promise<void> {
    return this.#run(async (db) => {
      const row = { id: user.id, name: user.name, created_at_ms: user.createdAtMs };
      await db.insertInto('users').values(row).execute();
    });
  }

  renameUser(id: UserId, name: string): Promise<void> {
    return this.#run(async (db) => {
      await db.updateTable('users').set({ name }).where('id', '=', id).execute();
    });
  }

  insertMembership(membership: Parameters<StoreTransaction['insertMembership']>[0]): Promise<void> {
    return this.#run((db) => members.insertMembership(db, membership));
  }

  findMember(key: MemberKey): Promise<Member | undefined> {
    return this.#run((db) => members.findMember(db, key));
  }

  updateMember(member: Parameters<StoreTransaction['updateMember']>[0]): Promise<void> {
    return this.#run((db) => members.updateMember(db, member));
  }

  countOtherAdministrators(key: MemberKey): Promise<number> {
    return this.#run((db) => members.countOtherAdministrators(db, key));
  }

  countMembers(of: Parameters<StoreTransaction['countMembers']>[0]): Promise<number> {
    return this.#run((db) => members.countMembers(db, of));
  }

  hasMemberNamed(accountId: Id<'account'>, name: string): Promise<boolean> {
    return this.#run((db) => members.hasMemberNamed(db, accountId, name));
  }

  listCredentialIds(key: MemberKey): Promise<CredentialId[]> {
    return this.#run((db) => members.listCredentialIds(db, key));
  }

  deleteMember(key: MemberKey): Promise<void> {
    return this.#run((db) => members.deleteMember(db, key));
  }

  insertCredential(credential: Credential, secretHash: Uint8Array): Promise<void> {
    return this.#run(async (db) => {
      const row = {
        id: credential.id,
        account_id: credential.accountId,
        owner_id: credential.ownerId,
        kind: credential.kind,
        secret_hash: secretHash,
        description: credential.description,
        metadata: credential.metadata,
        created_at_ms: credential.createdAtMs,
        acl: JSON.stringify(credential.acl),
        revision: credential.revision,
      };
      await db.insertInto('credentials').values(row).execute();
    });
  }

  updateCredential({ id, accountId, description, metadata, acl, revision }: Credential): Promise<void> {
    return this.#run(async (db) => {
      await db
        .updateTable('credentials')
        .set({ description, metadata, acl: JSON.stringify(acl), revision })
        .where('account_id', '=', accountId)
        .where('id', '=', id)
        .execute();
    });
  }

  findCredential(key: CredentialKey): Promise<Credential | undefined> {
    return this.#run((db) => findCredential(db, key));
  }

  countCredentials(accountId: Id<'account'>): Promise<number> {
    return this.#run((db) => countCredentials(db, accountId));
  }

  deleteCredential(key: CredentialKey): Promise<boolean> {
    return this.#run(async (db) => {
      const result = await db
        .deleteFrom('credentials')
        .where('account_id', '=', key.accountId)
        .where('kind', '=', key.kind)
        .where('id', '=', key.id)
        .executeTakeFirstOrThrow();
      return result.numDeletedRows > 0n;
    });
  }

  insertDocument(document: Document, links: DocumentLinks): Promise<void> {
    return this.#run((db) => documents.insertDocument(db, document, links));
  }

  updateDocument(document: Document, links: DocumentLinks): Promise<void> {
    return this.#run((db) => documents.updateDocument(db, document, links));
  }

  putSecret(key: DocumentKey, plain: Uint8Array): Promise<void> {
    return this.#run((db) => putSecret(db, key, { plain, sealer: this.#sealer }));
  }

  hasChildren(key: DocumentKey): Promise<boolean> {
    return this.#run((db) => documents.hasChildren(db, key));
  }

  deleteDocument(key: DocumentKey): Promise<boolean> {
    return this.#run((db) => documents.deleteDocument(db, key));
  }

  findDocument(key: DocumentKey): Promise<Document | undefined> {
    return this.#run((db) => documents.findDocument(db, key));
  }

  countDocuments(of: Omit<DocumentKey, 'id'>): Promise<number> {
    return this.#run((db) => documents.countDocuments(db, of));
  }

  findClaim(claim: Claim): ReturnType<StoreTransaction['findClaim']> {
    return this.#run((db) => documents.findClaim(db, claim));
  }

  countClaims(space: string): Promise<number> {
    return this.#run((db) => documents.countClaims(db, space));
  }

  hasOthersClaim(begin: Parameters<StoreTransaction['hasOthersClaim']>[0]): Promise<boolean> {
    return this.#run((db) => documents.hasOthersClaim(db, begin));
  }

  listDocuments(query: DocumentQuery): Promise<Document[]> {
    return this.#run((db) => documents.listDocuments(db, query));
  }

  findReferrers(key: DocumentKey, limit: number): Promise<DocumentId[]> {
    return this.#run((db) => documents.findReferrers(db, key, limit));
  }

  findIdempotencyKey(key: IdempotencyKey, notBeforeMs: number): Promise<IdempotentRequest | undefined> {
    return this.#run((db) => idempotency.findIdempotencyKey(db, key, notBeforeMs));
  }

  insertIdempotencyKey(key: IdempotencyKey, request: IdempotentRequest): Promise<void> {
    return this.#run((db) => idempotency.insertIdempotencyKey(db, key, { ...request, nowMs: this.nowMs }));
  }

  forgetIdempotencyKeys(accountId: Id<'account'>, { keep }: { keep: number }): Promise<void> {
    return this.#run((db) => idempotency.forgetIdempotencyKeys(db, accountId, keep));
  }

  appendAudit(record: AuditRecord): Promise<void> {
    return this.#run((db) => appendAudit(db, record, { nowMs: this.nowMs, sealer: this.#sealer }));
  }

  erasePerson(person: MemberKey): Promise<boolean> {
    return this.#run((db) => erasePerson(db, person));
  }

  beginOrder(order: Parameters<StoreTransaction['beginOrder']>[0]): Promise<boolean> {
    return this.#run((db) => orders.beginOrder(db, order, this.nowMs));
  }

  countFirstOrders(of: Parameters<StoreTransaction['countFirstOrders']>[0]): Promise<number> {
    return this.#run((db) => orders.countFirstOrders(db, of));
  }

  recordIssued(name: string, issued: Parameters<StoreTransaction['recordIssued']>[1]): Promise<void> {
    return this.#run((db) => orders.recordIssued(db, { ...issued, name, nowMs: this.nowMs }, this.#sealer));
  }

  recordFailure(name: string, failure: Parameters<StoreTransaction['recordFailure']>[1]): Promise<boolean> {
    return this.#run((db) => orders.recordFailure(db, { ...failure, name }));
  }

  endOrder(name: string, holder: string): Promise<void> {
    return this.#run((db) => orders.endOrder(db, { name, holder }));
  }

  deleteManagedCertificate(name: string): Promise<void> {
    return this.#run((db) => orders.deleteManagedCertificate(db, name));
  }

  putAcmeAccount(account: AcmeAccount): Promise<void> {
    return this.#run((db) => certificates.putAcmeAccount(db, account, this.#sealer));
  }

  putChallengeAnswer(answer: ChallengeAnswer): Promise<void> {
    return this.#run((db) => certificates.putChallengeAnswer(db, answer, this.nowMs));
  }

  deleteChallengeAnswers(name: string): Promise<void> {
    return this.#run((db) => certificates.deleteChallengeAnswers(db, name));
  }

  listMemberships(userId: UserId): Promise<Member[]> {
    return this.#run((db) => members.listMemberships(db, userId));
  }

  findPassword(userId: UserId): Promise<StoredPassword | undefined> {
    return this.#run((db) => logins.findPassword(db, userId));
  }

  putPassword(userId: UserId, password: Omit<StoredPassword, 'setAtMs'>): Promise<void> {
    return this.#run((db) => logins.putPassword(db, userId, { ...password, setAtMs: this.nowMs }));
  }

  rehashPassword(userId: UserId, hash: string): Promise<void> {
    return this.#run((db) => logins.rehashPassword(db, userId, hash));
  }

  readTotp(userId: UserId): Promise<StoredTotp | undefined> {
    return this.#run((db) => logins.readTotp(db, userId, this.#sealer));
  }

  putTotp(userId: UserId, seed: Uint8Array): Promise<void> {
    return this.#run((db) => logins.putTotp(db, userId, { seed, sealer: this.#sealer }));
  }

  confirmTotp(userId: UserId): Promise<void> {
    return this.#run((db) => logins.confirmTotp(db, userId, this.nowMs));
  }

  takeTotpStep(userId: UserId, step: number): Promise<boolean> {
    return this.#run((db) => logins.takeTotpStep(db, userId, step));
  }

  putRecoveryCodes(userId: UserId, hashes: readonly Uint8Array[]): Promise<void> {
    return this.#run((db) => logins.putRecoveryCodes(db, userId, hashes));
  }

  takeRecoveryCode(userId: UserId, hash: Uint8Array): Promise<boolean> {
    return this.#run((db) => logins.takeRecoveryCode(db, userId, hash));
  }

  deleteSecondFactor(userId: UserId): Promise<boolean> {
    return this.#run((db) => logins.deleteSecondFactor(db, userId));
  }

  resealSome(limit: number): Promise<number> {
    return this.#run(async (db) => {
      await this.#lockSealed(db);
      return await resealSome(db, this.#sealer, limit);
    });
  }

  async #run<T>(call: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    if (this.#isOver) throw new TypeError('Cannot use a store transaction: it is over');
    const running = call(this.#db);
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    } finally {
      this.#running.delete(running);
    }
  }
}
