import { AsyncLocalStorage } from 'node:async_hooks';
import type { Id } from '@adit/contracts';
import { type Kysely, sql } from 'kysely';
import type { Clock } from '../../domain/clock.ts';
import type { Document, DocumentKey, DocumentQuery } from '../../domain/document.ts';
import type { Account, Credential, CredentialKind, Membership } from '../../domain/entities.ts';
import type { Principal } from '../../domain/principal.ts';
import type { CredentialKey, Store, StoredAuditRecord, StoreTransaction } from '../../domain/store.ts';
import { pause } from '../../domain/wait.ts';
import * as documents from '../document-queries.ts';
import * as queries from '../queries.ts';
import { SqlTransaction } from '../sql-transaction.ts';
import type { Tables } from '../tables.ts';
import { isConflict, toRuntimeError } from './postgres-error.ts';
import type { PostgresLimits } from './postgres-limits.ts';

export interface PostgresStoreParts {
  /** One connection: changes of this server go one at a time. */
  readonly writer: Kysely<Tables>;
  /** A few connections of their own, so that nobody who reads waits for a change. */
  readonly reader: Kysely<Tables>;
  readonly clock: Clock;
  readonly limits: Pick<PostgresLimits, 'maxWriteTries' | 'retryPauseMs'>;
}

/**
 * The store over a PostgreSQL database, which other servers may use at the same time. It owns its connections; those that
 * are lost are opened again by the next that needs one. Made by `openPostgresStore`.
 */
export class PostgresStore implements Store {
  readonly #parts: PostgresStoreParts;
  /** The transaction that the running code is inside of, if any: to refuse nesting, which would wait for itself. */
  readonly #current = new AsyncLocalStorage<SqlTransaction>();
  /** Settles when every change asked for so far is over. */
  #queue: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(parts: PostgresStoreParts) {
    this.#parts = parts;
  }

  async write<T>(change: (tx: StoreTransaction) => Promise<T>): Promise<T> {
    this.#assertOpen();
    if (this.#current.getStore()?.isOver === false) {
      throw new TypeError('Cannot write to the store: this code is inside another write already');
    }
    const result = this.#queue.then(() => this.#writeNow(change));
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
    await this.#read((db) => sql`select id from accounts limit 1`.execute(db));
  }

  close(): Promise<void> {
    this.#closing ??= this.#queue.then(async () => {
      await Promise.all([this.#parts.reader.destroy(), this.#parts.writer.destroy()]);
    });
    return this.#closing;
  }

  async #read<T>(query: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    this.#assertOpen();
    try {
      return await query(this.#parts.reader);
    } catch (error) {
      throw toRuntimeError(error);
    }
  }

  /** Tries again, from the beginning, while other servers are in the way. */
  async #writeNow<T>(change: (tx: StoreTransaction) => Promise<T>): Promise<T> {
    const { clock, limits } = this.#parts;
    for (let tries = 1; ; tries++) {
      try {
        return await this.#transact(change);
      } catch (error) {
        if (!isConflict(error) || tries === limits.maxWriteTries) throw toRuntimeError(error);
      }
      await pause(clock, Math.random() * limits.retryPauseMs * tries);
    }
  }

  async #transact<T>(change: (tx: StoreTransaction) => Promise<T>): Promise<T> {
    let failure: { readonly error: unknown } | undefined;
    const transaction = this.#parts.writer.transaction().setIsolationLevel('serializable');
    try {
      return await transaction.execute(async (db) => {
        try {
          return await this.#runChange(change, new SqlTransaction(db, this.#parts.clock.timeOfDay()));
        } catch (error) {
          failure = { error };
          throw error;
        }
      });
    } catch (error) {
      // When rolling back fails as well, the connection is closed, which rolls back. The change's own error says more.
      throw failure ? failure.error : error;
    }
  }

  async #runChange<T>(change: (tx: StoreTransaction) => Promise<T>, tx: SqlTransaction): Promise<T> {
    let result: T;
    try {
      result = await this.#current.run(tx, () => change(tx));
    } catch (error) {
      const { failure } = await tx.end();
      // The change may have made another error of a conflict; it is tried again all the same.
      throw isConflict(failure?.error) ? failure?.error : error;
    }
    const { hadUnawaitedCalls, failure } = await tx.end();
    if (hadUnawaitedCalls) throw new TypeError('Cannot commit: a call on the transaction was not awaited');
    if (failure) throw failure.error;
    return result;
  }

  #assertOpen(): void {
    if (this.#closing) throw new TypeError('Cannot use the store: it is closed');
  }
}
