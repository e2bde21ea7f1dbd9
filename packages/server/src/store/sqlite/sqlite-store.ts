import { AsyncLocalStorage } from 'node:async_hooks';
import type { DatabaseSync } from 'node:sqlite';
import type { Id } from '@adit/contracts';
import { sql } from 'kysely';
import type { Clock } from '../../domain/clock.ts';
import type { Document, DocumentKey, DocumentQuery } from '../../domain/document.ts';
import type { Account, Credential, CredentialKind, Membership } from '../../domain/entities.ts';
import type { Principal } from '../../domain/principal.ts';
import type { CredentialKey, Store, StoredAuditRecord, StoreTransaction } from '../../domain/store.ts';
import * as documents from '../document-queries.ts';
import * as queries from '../queries.ts';
import { SqlTransaction } from '../sql-transaction.ts';
import type { DataDirectory } from './data-directory.ts';
import type { SqliteConnection } from './sqlite-database.ts';
import { toRuntimeError } from './sqlite-error.ts';

export interface SqliteStoreParts {
  /** Holds at most one transaction; nothing else is ever run on it. */
  readonly writer: SqliteConnection;
  /** A connection of its own, so that reads never see what is not committed. */
  readonly reader: SqliteConnection;
  readonly clock: Clock;
  /** Unlocked last on closing. */
  readonly directory: Pick<DataDirectory, 'claim' | 'unlock'>;
}

/** The store over two SQLite connections, which it owns. Made by `openSqliteStore`. */
export class SqliteStore implements Store {
  readonly #parts: SqliteStoreParts;
  /** The transaction that the running code is inside of, if any: to refuse nesting, which would wait for itself. */
  readonly #current = new AsyncLocalStorage<SqlTransaction>();
  /** Settles when every change asked for so far is over. */
  #queue: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(parts: SqliteStoreParts) {
    this.#parts = parts;
  }

  async write<T>(change: (tx: StoreTransaction) => Promise<T>): Promise<T> {
    this.#assertOpen();
    if (this.#current.getStore()?.isOver === false) {
      throw new TypeError('Cannot write to the store: this code is inside another write already');
    }
    const result = this.#queue.then(() => this.#transact(change));
    // A change that failed must not stop those behind it; its own caller gets the error.
    this.#queue = result.catch(() => undefined);
    return result;
  }

  findPrincipal(kind: CredentialKind, secretHash: Uint8Array): Promise<Principal | undefined> {
    return this.#read((db) => queries.findPrincipal(db, kind, secretHash));
  }

  findAccount(id: Id<'account'>): Promise<Account | undefined> {
    return this.#read((db) => queries.findAccount(db, id));
  }

  findCredential(key: CredentialKey): Promise<Credential | undefined> {
    return this.#read((db) => queries.findCredential(db, key));
  }

  listCredentials(query: Parameters<Store['listCredentials']>[0]): Promise<Credential[]> {
    return this.#read((db) => queries.listCredentials(db, query));
  }

  findDocument(key: DocumentKey): Promise<Document | undefined> {
    return this.#read((db) => documents.findDocument(db, key));
  }

  listDocuments(query: DocumentQuery): Promise<Document[]> {
    return this.#read((db) => documents.listDocuments(db, query));
  }

  listDocumentsOfAll(query: Parameters<Store['listDocumentsOfAll']>[0]): Promise<Document[]> {
    return this.#read((db) => documents.listDocumentsOfAll(db, query));
  }

  listAudit(accountId: Id<'account'>, limit: number): Promise<StoredAuditRecord[]> {
    return this.#read((db) => queries.listAudit(db, accountId, limit));
  }

  findFirstAdministrator(): Promise<Membership | undefined> {
    return this.#read((db) => queries.findFirstAdministrator(db));
  }

  async ping(): Promise<void> {
    await this.#read((db) => sql`select count(*) from accounts`.execute(db));
  }

  /** Whether the data directory is this process's alone; gets the lock as soon as the server before it has let go. */
  claimDirectory(): boolean {
    return this.#parts.directory.claim();
  }

  close(): Promise<void> {
    this.#closing ??= this.#queue.then(() => {
      // The writer goes last: on its way out it moves the write-ahead log into the database.
      this.#parts.reader.raw.close();
      this.#parts.writer.raw.close();
      this.#parts.directory.unlock();
    });
    return this.#closing;
  }

  async #read<T>(query: (db: SqliteConnection['db']) => Promise<T>): Promise<T> {
    this.#assertOpen();
    try {
      return await query(this.#parts.reader.db);
    } catch (error) {
      throw toRuntimeError(error);
    }
  }

  async #transact<T>(change: (tx: StoreTransaction) => Promise<T>): Promise<T> {
    const { raw, db } = this.#parts.writer;
    try {
      rollBack(raw);
      raw.exec('begin immediate');
      const tx = new SqlTransaction(db, this.#parts.clock.timeOfDay());
      try {
        const result = await this.#current.run(tx, () => change(tx));
        const { hadUnawaitedCalls, failure } = await tx.end();
        if (hadUnawaitedCalls) throw new TypeError('Cannot commit: a call on the transaction was not awaited');
        if (failure) throw failure.error;
        raw.exec('commit');
        return result;
      } catch (error) {
        await tx.end();
        rollBack(raw);
        throw error;
      }
    } catch (error) {
      throw toRuntimeError(error);
    }
  }

  #assertOpen(): void {
    if (this.#closing) throw new TypeError('Cannot use the store: it is closed');
  }
}

function rollBack(raw: DatabaseSync): void {
  // SQLite may have rolled back by itself, as it does when the disk is full.
  if (!raw.isTransaction) return;
  try {
    raw.exec('rollback');
  } catch {
    // The change's own error says more. The next change tries again before it begins, and fails if it still cannot.
  }
}
