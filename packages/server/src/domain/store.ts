import type { Id } from '@adit/contracts';
import type { ChainedAuditRecord, ChainHead } from './audit-chain.ts';
import type {
  Claim,
  Document,
  DocumentId,
  DocumentKey,
  DocumentKind,
  DocumentLinks,
  DocumentQuery,
} from './document.ts';
import type {
  Account,
  Credential,
  CredentialId,
  CredentialKind,
  Membership,
  NewAccount,
  User,
  UserId,
} from './entities.ts';
import type { LoginReader, LoginWriter } from './logins.ts';
import type { ManagedCertificateReader, ManagedCertificateWriter } from './managed-certificates.ts';
import type { Principal } from './principal.ts';

/** Names one credential. The account is part of every key, so that no id reaches across accounts. */
export interface CredentialKey {
  readonly accountId: Id<'account'>;
  readonly kind: CredentialKind;
  readonly id: CredentialId;
}

/** What happened, for the audit log. Written in the transaction of the change it describes. */
export interface AuditRecord {
  readonly accountId: Id<'account'>;
  /** Null: the server itself (first run). */
  readonly actor: Principal | null;
  /** `<resource>.<verb>`, e.g. `credential.create`. */
  readonly action: string;
  readonly resourceId: string;
  /** Facts worth keeping; never a secret, and nothing that says who somebody is: names, e-mail or network addresses. */
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

/** An account and how much is in it: what goes when it is deleted. */
export interface AccountSummary extends Account {
  readonly userCount: number;
  readonly credentialCount: number;
  readonly auditRecordCount: number;
}

export type MemberKey = Pick<Membership, 'accountId' | 'userId'>;

/** A user as a member of one account. */
export interface Member extends Membership {
  /** Null: not disabled. Else their credentials in this account stay, and open nothing. */
  readonly disabledAtMs: number | null;
  /** 1 when made; each change makes it one more. */
  readonly revision: number;
  readonly accountName: string;
  readonly user: User;
}

export interface MemberQuery {
  readonly accountId: Id<'account'>;
  /** `usr`: people. `bot`: service users. */
  readonly idPrefix: 'usr' | 'bot';
  readonly limit: number;
  readonly beforeId?: string | undefined;
}

/** What is left of an account that was deleted: the proof that it was, and by what. */
export interface DeletedAccount {
  readonly id: Id<'account'>;
  readonly deletedAtMs: number;
  readonly details: AuditRecord['details'];
}

/** A credential that live state rests on. */
export interface LiveCredential {
  readonly accountId: Id<'account'>;
  readonly credentialId: CredentialId;
  /** As it was when that began. */
  readonly acl: readonly string[];
  /** Whether its owner might write then: see `mayWrite`. */
  readonly isWriters: boolean;
}

/** One that opens nothing any more, or not the same. */
export interface LostCredential extends LiveCredential {
  /**
   * `revoked`: it is gone, perhaps with its account. `suspended`: its account is. `disabled`: its owner is. `changed`: it has
   * another ACL, or its owner may not write as before.
   */
  readonly reason: 'revoked' | 'suspended' | 'disabled' | 'changed';
}

/**
 * What may be done inside `store.write`. Only calls on `tx` may be awaited there: the transaction holds the store.
 * After a call failed nothing can be kept any more: catch its error only to throw another one.
 * Adapters: `store/sqlite` and `store/postgres`, behind one suite.
 */
export interface StoreTransaction extends ManagedCertificateWriter, LoginWriter {
  /** The transaction's time, the same for everything in it. */
  readonly nowMs: number;
  /** True before the first run. */
  isEmpty(): Promise<boolean>;
  insertAccount(account: NewAccount): Promise<void>;
  /** Replaces its name. The caller has found it in this transaction. */
  renameAccount(account: Account): Promise<void>;
  findAccount(id: Id<'account'>): Promise<Account | undefined>;
  /** Accounts with that id, or of that name, oldest first. Names may occur twice. */
  findAccounts(nameOrId: string): Promise<Account[]>;
  listAccounts(): Promise<AccountSummary[]>;
  listMembers(accountId?: Id<'account'>): Promise<Member[]>;
  /** One user in all their accounts, oldest account first. */
  listMemberships(userId: UserId): Promise<Member[]>;
  /** @param suspendedAtMs Null: it works again. */
  setSuspended(id: Id<'account'>, suspendedAtMs: number | null): Promise<void>;
  /**
   * Deletes the account with everything that belongs to it: credentials, memberships, users who are in no other account,
   * audit records. A `DeletedAccount` is left.
   *
   * @param details Kept in it; no personal data.
   */
  deleteAccount(id: Id<'account'>, details: AuditRecord['details']): Promise<void>;
  insertUser(user: User): Promise<void>;
  renameUser(id: UserId, name: string): Promise<void>;
  /** @param membership `disabledAtMs`: see `Member`; default null. */
  insertMembership(membership: Membership & { readonly disabledAtMs?: number | null }): Promise<void>;
  /** Undefined when there is no such user, or not in that account. */
  findMember(key: MemberKey): Promise<Member | undefined>;
  /** Replaces what may change: roles, and whether they are disabled. The caller has found them in this transaction. */
  updateMember(member: Pick<Member, 'accountId' | 'userId' | 'roles' | 'disabledAtMs' | 'revision'>): Promise<void>;
  /** How many people but this one are administrators of the account and not disabled. */
  countOtherAdministrators(key: MemberKey): Promise<number>;
  countMembers(of: Pick<MemberQuery, 'accountId' | 'idPrefix'>): Promise<number>;
  /** Whether a member of the account, a person or a service user, is called so. */
  hasMemberNamed(accountId: Id<'account'>, name: string): Promise<boolean>;
  /** Of that user in that account. */
  listCredentialIds(key: MemberKey): Promise<CredentialId[]>;
  /** Deletes the membership with its credentials; and the user, if they are in no other account. What they did stays. */
  deleteMember(key: MemberKey): Promise<void>;
  /** @param secretHash SHA-256 of the secret; the secret itself is never stored. */
  insertCredential(credential: Credential, secretHash: Uint8Array): Promise<void>;
  /** Replaces what may change of it: its texts and its ACL. The caller has found it in this transaction. */
  updateCredential(credential: Credential): Promise<void>;
  /** Undefined when it is missing, of another account or of another kind. */
  findCredential(key: CredentialKey): Promise<Credential | undefined>;
  /** Of all kinds and owners. */
  countCredentials(accountId: Id<'account'>): Promise<number>;
  /** Deletes it if it is of that account and kind. Answers whether there was one. */
  deleteCredential(key: CredentialKey): Promise<boolean>;
  /** The caller has looked that its links can be: nobody has the claims, and what it refers to is there. */
  insertDocument(document: Document, links: DocumentLinks): Promise<void>;
  /** Replaces what may change of it, and its links. The caller has found it in this transaction. */
  updateDocument(document: Document, links: DocumentLinks): Promise<void>;
  /** Keeps what of a document nobody may read in the database, encrypted, in place of what was kept. The document is there. */
  putSecret(key: DocumentKey, plain: Uint8Array): Promise<void>;
  /** Whether documents belong to it. */
  hasChildren(key: DocumentKey): Promise<boolean>;
  /** With what belongs to it. Nothing may refer to either: see `findReferrers`. Answers whether there was one. */
  deleteDocument(key: DocumentKey): Promise<boolean>;
  findDocument(key: DocumentKey): Promise<Document | undefined>;
  listDocuments(query: DocumentQuery): Promise<Document[]>;
  countDocuments(of: Omit<DocumentKey, 'id'>): Promise<number>;
  /** Who has that name. */
  findClaim(claim: Claim): Promise<{ accountId: Id<'account'>; documentId: DocumentId } | undefined>;
  /** How many names are taken in that space. */
  countClaims(space: string): Promise<number>;
  /** Whether another account has a claim in that space whose name begins so. */
  hasOthersClaim(begin: { space: string; prefix: string; accountId: Id<'account'> }): Promise<boolean>;
  /** At most so many documents that refer to this one, or to what would be deleted with it. */
  findReferrers(key: DocumentKey, limit: number): Promise<DocumentId[]>;
  /** What was made under that key; forgets keys older than `notBeforeMs` on the way. */
  findIdempotencyKey(key: IdempotencyKey, notBeforeMs: number): Promise<IdempotentRequest | undefined>;
  insertIdempotencyKey(key: IdempotencyKey, request: IdempotentRequest): Promise<void>;
  /** Forgets the oldest keys of the account, if there are more than `keep`. */
  forgetIdempotencyKeys(accountId: Id<'account'>, { keep }: { keep: number }): Promise<void>;
  /** Adds a record to the chain of its account. Who did it is encrypted with a key of that person. */
  appendAudit(record: AuditRecord): Promise<void>;
  /**
   * Deletes the key of a person in the audit log of an account: from now on nobody can tell who is behind what they did, and
   * the chain still verifies. What other tables say of them is the caller's to delete. Answers whether there was a key.
   */
  erasePerson(person: MemberKey): Promise<boolean>;
  /**
   * After the secrets key was rotated: moves up to so many sealed values to the key that seals now. Answers how many it moved;
   * call it until that is 0, a bounded number each time, because nobody else writes meanwhile. The first call of its change.
   *
   * @throws {AditError} 9241: one of them is damaged. 9240: its key is missing.
   */
  resealSome(limit: number): Promise<number>;
}

export interface IdempotencyKey {
  readonly accountId: Id<'account'>;
  /** As the caller chose it. */
  readonly key: string;
}

export interface IdempotentRequest {
  /** A keyed digest of what was asked, to tell a repetition from another request under the same key. */
  readonly requestHash: string;
  /** What it made. */
  readonly objectId: string;
}

export interface Store extends ManagedCertificateReader, LoginReader {
  /**
   * Runs `change` in one transaction; resolves after the commit is durable (fsync), so its answer may be acknowledged.
   * A throw rolls everything back and is passed on. Changes run one at a time, in the order of the calls. Where another
   * server's change is in the way, `change` runs again from its beginning: it keeps nothing outside but what it answers.
   *
   * @throws {AditError} 9214: the disk is full or failing; nothing was changed. 9213: the data is damaged. 9216: the
   *   database does not answer; if it was lost in the moment of the commit, the change may have been kept all the same.
   * @throws {TypeError} Called inside another `write`, after `close`, or the change left a call on `tx` unawaited.
   */
  write<T>(change: (tx: StoreTransaction) => Promise<T>): Promise<T>;
  /**
   * Who holds this secret? Undefined for unknown and revoked ones alike.
   *
   * @throws {AditError} 103 (authtoken), 205 (API key): the account is suspended. 9115: the owner is disabled.
   */
  findPrincipal(kind: CredentialKind, secretHash: Uint8Array): Promise<Principal | undefined>;
  findAccount(id: Id<'account'>): Promise<Account | undefined>;
  /** Accounts with that id, or of that name, oldest first. Names may occur twice. */
  findAccounts(nameOrId: string): Promise<Account[]>;
  /** Oldest first. */
  listAccounts(): Promise<AccountSummary[]>;
  /** Of that account, or of all; oldest account first, then oldest user. A user of two accounts comes twice. */
  listMembers(accountId?: Id<'account'>): Promise<Member[]>;
  /** Newest first; `beforeId` pages. */
  pageMembers(query: MemberQuery): Promise<Member[]>;
  findMember(key: MemberKey): Promise<Member | undefined>;
  /** Newest first. */
  listDeletedAccounts(): Promise<DeletedAccount[]>;
  /** Those of the credentials that open nothing any more. Any number may be asked for at once. */
  findLost(credentials: readonly LiveCredential[]): Promise<LostCredential[]>;
  /** Undefined when it is missing, of another account or of another kind. */
  findCredential(key: CredentialKey): Promise<Credential | undefined>;
  /** Newest first; `beforeId` pages; `ownerId` keeps only what that user owns. */
  listCredentials(query: {
    accountId: Id<'account'>;
    kind: CredentialKind;
    limit: number;
    beforeId?: string | undefined;
    ownerId?: UserId;
  }): Promise<Credential[]>;
  findDocument(key: DocumentKey): Promise<Document | undefined>;
  /**
   * What `putSecret` kept; undefined: the account has no such document, or it has none.
   *
   * @throws {AditError} 9240, 9241: it cannot be decrypted.
   */
  readSecret(key: DocumentKey): Promise<Uint8Array | undefined>;
  /** Newest first. */
  listDocuments(query: DocumentQuery): Promise<Document[]>;
  /** Of all accounts, for what the data plane has to know of them: oldest first, behind `afterId`. */
  listDocumentsOfAll(query: { kind: DocumentKind; limit: number; afterId?: string }): Promise<Document[]>;
  /** Newest first. */
  listAudit(accountId: Id<'account'>, limit: number): Promise<StoredAuditRecord[]>;
  /**
   * Newest first; `beforeId` pages.
   *
   * @throws {AditError} 9101: the account has no such record, and never had: records do not go one by one.
   */
  listAudit(accountId: Id<'account'>, limit: number, beforeId?: Id<'auditEvent'>): Promise<StoredAuditRecord[]>;
  /** The audit log as it is chained, oldest first, for export and verification. */
  readAudit(query: { accountId: Id<'account'>; afterSeq: number; limit: number }): Promise<ChainedAuditRecord[]>;
  /** Where the audit log of the account ends; undefined: it is empty. */
  findAuditHead(accountId: Id<'account'>): Promise<ChainHead | undefined>;
  /** The first account's first administrator, whom the first run made; undefined before it. */
  findFirstAdministrator(): Promise<Membership | undefined>;
  /** Throws when the store cannot answer; for `/readyz`. */
  ping(): Promise<void>;
  /** Waits for the changes that were already asked for, then lets go of the data. Calling twice is harmless. */
  close(): Promise<void>;
}

export interface StoredAuditRecord extends AuditActor {
  readonly id: Id<'auditEvent'>;
  /** 1, 2, 3 … in each account. */
  readonly seq: number;
  readonly atMs: number;
  readonly accountId: Id<'account'>;
  readonly action: string;
  readonly resourceId: string;
  readonly details: Readonly<Record<string, string | number | boolean>>;
  /** What the chain says of this record and all before it. */
  readonly hash: Uint8Array;
}

/** Who did it. Kept beside user and credential, which may be gone when somebody reads this. */
export interface AuditActor {
  /** The server itself; a person; one who was erased; one whose key or record is damaged. All below is null but for a person. */
  readonly actorState: 'server' | 'known' | 'erased' | 'unreadable';
  readonly actorUserId: UserId | null;
  readonly actorCredentialId: CredentialId | null;
  /** The person's name at that time; null as well in records from before names were kept. */
  readonly actorName: string | null;
  /** Where the call came from, if that is known. */
  readonly clientAddress: string | null;
}
