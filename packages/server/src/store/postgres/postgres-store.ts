import { AditError } from '@adit/contracts';
import { type Kysely, sql } from 'kysely';
import type { StoreTransaction } from '../../domain/store.ts';
import { pause } from '../../domain/wait.ts';
import { SqlStore, type SqlStoreParts } from '../sql-store.ts';
import type { Tables } from '../tables.ts';
import { databaseTime, isChangingSince } from './earlier-changes.ts';
import { isConflict, toRuntimeError } from './postgres-error.ts';
import type { PostgresLimits } from './postgres-limits.ts';

export interface PostgresStoreParts extends SqlStoreParts {
  /** One connection: changes of this server go one at a time. */
  readonly writer: Kysely<Tables>;
  /** A few connections of their own, so that nobody who reads waits for a change. */
  readonly reader: Kysely<Tables>;
  readonly limits: Pick<PostgresLimits, 'maxWriteTries' | 'retryPauseMs'>;
  /** Goes to whoever listens when a change is committed, and never without it. Default: none. */
  readonly notice?: DatabaseNotice;
  /** From 0 to 1, so that two servers that are in each other's way do not try again at the same moment. */
  random(): number;
}

/** The database ends what takes longer (see `PostgresLimits`), statement by statement. */
const earlierChangesMs = 60_000;
const earlierChangesPauseMs = 50;

/** What the database tells everybody who listens on the channel (NOTIFY). */
export interface DatabaseNotice {
  readonly channel: string;
  readonly text: string;
}

type Change<T> = (tx: StoreTransaction) => Promise<T>;

/**
 * The store over a PostgreSQL database, which other servers may use at the same time. It owns its connections; those that
 * are lost are opened again by the next that needs one. Made by `openPostgresStore`.
 */
export class PostgresStore extends SqlStore {
  readonly #parts: PostgresStoreParts;
  #snapshot: string | undefined;

  constructor(parts: PostgresStoreParts) {
    super(parts);
    this.#parts = parts;
  }

  /**
   * Whether anything was committed since the last call, by whatever server, this one included, or in another database of the
   * same PostgreSQL: who reads the same snapshot sees the same. It names what had begun and was not committed, so that the
   * commit of something older is a change as well. Reading changes nothing.
   */
  async hasChanged(): Promise<boolean> {
    const query = sql<{ snapshot: string }>`select pg_current_snapshot()::text as snapshot`;
    const { rows } = await this.read((db) => query.execute(db));
    const snapshot = rows[0]?.snapshot;
    const hasChanged = snapshot !== this.#snapshot;
    this.#snapshot = snapshot;
    return hasChanged;
  }

  override async untilEarlierChangesEnd(): Promise<void> {
    const { clock } = this.#parts;
    const at = await this.read((db) => databaseTime(db));
    const endMs = clock.now() + earlierChangesMs;
    while (await this.read((db) => isChangingSince(db, at))) {
      if (clock.now() > endMs)
        throw new AditError(9216, 'Cannot wait any longer: a change of another server does not end');
      await pause(clock, earlierChangesPauseMs);
    }
  }

  /** Without, every change of a server would be in the way of resealing, which takes longer, so that it would never end. */
  protected override async lockSealed(db: Kysely<Tables>): Promise<void> {
    const tables = sql.raw('audit_people, document_secrets, managed_certificates, acme_accounts, user_totps');
    await sql`lock table ${tables} in share row exclusive mode`.execute(db);
  }

  protected override reader(): Kysely<Tables> {
    return this.#parts.reader;
  }

  /** Tries again, from the beginning, while other servers are in the way. */
  protected override async transact<T>(change: Change<T>): Promise<T> {
    const { clock, limits, random } = this.#parts;
    for (let tries = 1; ; tries++) {
      try {
        return await this.#transactOnce(change);
      } catch (error) {
        if (!isConflict(error) || tries === limits.maxWriteTries) throw toRuntimeError(error);
      }
      await pause(clock, random() * limits.retryPauseMs * tries);
    }
  }

  protected override async release(): Promise<void> {
    await Promise.all([this.#parts.reader.destroy(), this.#parts.writer.destroy()]);
  }

  protected override toRuntimeError(error: unknown): unknown {
    return toRuntimeError(error);
  }

  /** The change may have made another error of a conflict; it is tried again all the same. */
  protected override errorOf(thrown: unknown, databaseError: unknown): unknown {
    return isConflict(databaseError) ? databaseError : thrown;
  }

  async #transactOnce<T>(change: Change<T>): Promise<T> {
    let failure: { readonly error: unknown } | undefined;
    const transaction = this.#parts.writer.transaction().setIsolationLevel('serializable');
    try {
      return await transaction.execute(async (db) => {
        try {
          const result = await this.run(change, db);
          await this.#tell(db);
          return result;
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

  async #tell(db: Kysely<Tables>): Promise<void> {
    const { notice } = this.#parts;
    if (notice) await sql`select pg_notify(${notice.channel}, ${notice.text})`.execute(db);
  }
}
