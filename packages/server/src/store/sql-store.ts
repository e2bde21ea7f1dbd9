import { AsyncLocalStorage } from 'node:async_hooks';
import type { Id } from '@adit/contracts';
import type { Kysely } from 'kysely';
import type { ChainedAuditRecord, ChainHead } from '../domain/audit-chain.ts';
import type { CertificatePem } from '../domain/certificates.ts';
import type { Clock } from '../domain/clock.ts';
import type { Document, DocumentKey, DocumentQuery } from '../domain/document.ts';
import type { Account, Credential, CredentialKind, Membership } from '../domain/entities.ts';
import type { LoginMethods } from '../domain/logins.ts';
import type { AcmeAccount, ChallengeAnswer, ManagedCertificate } from '../domain/managed-certificates.ts';
import type { Principal } from '../domain/principal.ts';
import type { SecretsSealer } from '../domain/sealer.ts';
import type {
  AccountSummary,
  CredentialKey,
  DeletedAccount,
  LiveCredential,
  LostCredential,
  Member,
  MemberKey,
  MemberQuery,
  Store,
  StoredAuditRecord,
  StoreTransaction,
} from '../domain/store.ts';
import { nextTurn } from '../domain/wait.ts';
import * as accounts from './account-queries.ts';
import { findAuditHead, listAudit, readAudit } from './audit/read-audit.ts';
import * as documents from './document-queries.ts';
import { readSecret } from './document-secrets.ts';
import * as logins from './login-queries.ts';
import * as certificates from './managed-certificate-rows.ts';
import * as members from './member-queries.ts';
import * as queries from './queries.ts';
import { SqlTransaction } from './sql-transaction.ts';
import type { Tables } from './tables.ts';

export interface SqlStoreParts {
  readonly clock: Clock;
  readonly sealer: SecretsSealer;
}

type Change<T> = (tx: StoreTransaction) => Promise<T>;

/** What every SQL database has in common: all that is read, and changes one at a time. How a change is made durable is each one's. */
export abstract class SqlStore implements Store {
  readonly #parts: SqlStoreParts;
  /** The transaction that the running code is inside of, if any: to refuse nesting, which would wait for itself. */
  readonly #current = new AsyncLocalStorage<SqlTransaction>();
  /** Settles when every change asked for so far is over. */
  #queue: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(parts: SqlStoreParts) {
    this.#parts = parts;
  }

  async write<T>(change: Change<T>): Promise<T> {
    this.#assertOpen();
    if (this.#current.getStore()?.isOver === false) {
      throw new TypeError('Cannot write to the store: this code is inside another write already');
    }
    const result = this.#queue.then(() => this.transact(change));
    // A change that failed must not stop those behind it; its own caller gets the error. What is done within one turn of the
    // event loop, as on the embedded database, would hold up everybody else for as long as changes wait.
    this.#queue = result.catch(() => undefined).then(nextTurn);
    return result;
  }

  /**
   * Resolves when every change is over that had begun before, of this process or another: what was made known to all before
   * the call is known to all that are written from now on.
   *
   * @throws {AditError} 9216: one goes on and on.
   */
  async untilEarlierChangesEnd(): Promise<void> {
    // Changes of an embedded store take turns, over all processes.
    await this.write(async () => undefined);
  }

  findPrincipal(kind: CredentialKind, secretHash: Uint8Array): Promise<Principal | undefined> {
    return this.read((db) => queries.findPrincipal(db, kind, secretHash));
  }

  findAccount(id: Id<'account'>): Promise<Account | undefined> {
    return this.read((db) => queries.findAccount(db, id));
  }

  findAccounts(nameOrId: string): Promise<Account[]> {
    return this.read((db) => accounts.findAccounts(db, nameOrId));
  }

  listAccounts(): Promise<AccountSummary[]> {
    return this.read((db) => accounts.listAccounts(db));
  }

  listMembers(accountId?: Id<'account'>): Promise<Member[]> {
    return this.read((db) => members.listMembers(db, accountId));
  }

  pageMembers(query: MemberQuery): Promise<Member[]> {
    return this.read((db) => members.pageMembers(db, query));
  }

  findMember(key: MemberKey): Promise<Member | undefined> {
    return this.read((db) => members.findMember(db, key));
  }

  listDeletedAccounts(): Promise<DeletedAccount[]> {
    return this.read((db) => accounts.listDeletedAccounts(db));
  }

  findLost(credentials: readonly LiveCredential[]): Promise<LostCredential[]> {
    return this.read((db) => accounts.findLost(db, credentials));
  }

  findCredential(key: CredentialKey): Promise<Credential | undefined> {
    return this.read((db) => queries.findCredential(db, key));
  }

  listCredentials(query: Parameters<Store['listCredentials']>[0]): Promise<Credential[]> {
    return this.read((db) => queries.listCredentials(db, query));
  }

  findDocument(key: DocumentKey): Promise<Document | undefined> {
    return this.read((db) => documents.findDocument(db, key));
  }

  readSecret(key: DocumentKey): Promise<Uint8Array | undefined> {
    return this.read((db) => readSecret(db, key, this.#parts.sealer));
  }

  listDocuments(query: DocumentQuery): Promise<Document[]> {
    return this.read((db) => documents.listDocuments(db, query));
  }

  listDocumentsOfAll(query: Parameters<Store['listDocumentsOfAll']>[0]): Promise<Document[]> {
    return this.read((db) => documents.listDocumentsOfAll(db, query));
  }

  listAudit(accountId: Id<'account'>, limit: number, beforeId?: Id<'auditEvent'>): Promise<StoredAuditRecord[]> {
    return this.read((db) => listAudit(db, { accountId, limit, beforeId }, this.#parts.sealer));
  }

  readAudit(query: Parameters<Store['readAudit']>[0]): Promise<ChainedAuditRecord[]> {
    return this.read((db) => readAudit(db, query));
  }

  findAuditHead(accountId: Id<'account'>): Promise<ChainHead | undefined> {
    return this.read((db) => findAuditHead(db, accountId));
  }

  listManagedCertificates(): Promise<ManagedCertificate[]> {
    return this.read((db) => certificates.listManagedCertificates(db));
  }

  findManagedCertificate(name: string): Promise<ManagedCertificate | undefined> {
    return this.read((db) => certificates.findManagedCertificate(db, name));
  }

  readManagedCertificate(name: string): Promise<CertificatePem | undefined> {
    return this.read((db) => certificates.readManagedCertificate(db, name, this.#parts.sealer));
  }

  readAcmeAccount(directoryUrl: string): Promise<AcmeAccount | undefined> {
    return this.read((db) => certificates.readAcmeAccount(db, directoryUrl, this.#parts.sealer));
  }

  findChallengeAnswer(
    ...[question, nowMs]: Parameters<Store['findChallengeAnswer']>
  ): Promise<ChallengeAnswer | undefined> {
    return this.read((db) => certificates.findChallengeAnswer(db, question, nowMs));
  }

  findLogin(names: Parameters<Store['findLogin']>[0]): ReturnType<Store['findLogin']> {
    return this.read((db) => logins.findLogin(db, names));
  }

  listLoginMethods(): Promise<LoginMethods[]> {
    return this.read((db) => logins.listLoginMethods(db));
  }

  findFirstAdministrator(): Promise<Membership | undefined> {
    return this.read((db) => queries.findFirstAdministrator(db));
  }

  async ping(): Promise<void> {
    await this.read((db) => db.selectFrom('accounts').select('id').limit(1).execute());
  }

  close(): Promise<void> {
    this.#closing ??= this.#queue.then(() => this.release());
    return this.#closing;
  }

  protected async read<T>(query: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    this.#assertOpen();
    try {
      return await query(this.reader());
    } catch (error) {
      throw this.toRuntimeError(error);
    }
  }

  /** Runs a change inside a transaction that is begun and will be committed: throws what must undo it. */
  protected async run<T>(change: Change<T>, db: Kysely<Tables>): Promise<T> {
    const { clock, sealer } = this.#parts;
    const lockSealed = (inside: Kysely<Tables>) => this.lockSealed(inside);
    const tx = new SqlTransaction(db, { nowMs: clock.timeOfDay(), sealer, lockSealed });
    let result: T;
    try {
      result = await this.#current.run(tx, () => change(tx));
    } catch (error) {
      const { failure } = await tx.end();
      throw this.errorOf(error, failure?.error);
    }
    const { hadUnawaitedCalls, failure } = await tx.end();
    if (hadUnawaitedCalls) throw new TypeError('Cannot commit: a call on the transaction was not awaited');
    if (failure) throw failure.error;
    return result;
  }

  /** What counts, of what a change threw and what the database had said to it before. */
  protected errorOf(thrown: unknown, _databaseError: unknown): unknown {
    return thrown;
  }

  /** Has nobody else change what is sealed until the transaction ends. Here nobody does in any case. */
  protected async lockSealed(_db: Kysely<Tables>): Promise<void> {}

  /** For reads: sees nothing that is not committed. */
  protected abstract reader(): Kysely<Tables>;
  /** The change as one durable transaction, by `run`. */
  protected abstract transact<T>(change: Change<T>): Promise<T>;
  /** Lets go of the data. */
  protected abstract release(): Promise<void>;
  /** Faults of disk, file and network as errors that say what to do. */
  protected abstract toRuntimeError(error: unknown): unknown;

  #assertOpen(): void {
    if (this.#closing) throw new TypeError('Cannot use the store: it is closed');
  }
}
