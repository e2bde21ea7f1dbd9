import { AditError } from '@adit/contracts';
import { type Kysely, sql } from 'kysely';
import type { ColumnTypes, Migration } from './migrations/migration.ts';
import type { Tables } from './tables.ts';

/** What the next start of this program would do to a schema. */
export interface MigrationPlan {
  readonly schemaVersion: number;
  readonly knownVersion: number;
  /** By name, in their order. */
  readonly pending: readonly string[];
  /** Whether all of them have been run on a copy. */
  readonly isTried: boolean;
}

/** What `migrate` needs besides the database. */
export interface MigrateOptions {
  readonly migrations: readonly Migration[];
  readonly types: ColumnTypes;
  readonly nowMs: number;
  /** Where the data is, for the message. */
  readonly place: string;
  /** False: a server of the version before may be using it. */
  readonly mayChange: boolean;
}

/**
 * Brings the schema to the last migration, each in a transaction of its own with the record that it ran: after a crash
 * the next start goes on where this one stopped. The caller makes sure that nobody else does the same now.
 *
 * @throws {AditError} 9212: a newer version was here; nothing was changed. 9215: there is something to do, and it may not.
 */
export async function migrate(db: Kysely<Tables>, options: MigrateOptions): Promise<void> {
  const { integer, text, tableEnd } = options.types;
  await sql`create table if not exists schema_migrations (
    version ${integer} not null primary key,
    name ${text} not null,
    applied_at_ms ${integer} not null
  ) ${tableEnd}`.execute(db);
  const done = await lastApplied(db);
  if (done > options.migrations.length) {
    throw new AditError(
      9212,
      `Cannot open the data in "${options.place}": its schema has version ${done}, this program knows ${options.migrations.length}. Update Adit, or restore a backup made by this version`,
    );
  }
  if (done < options.migrations.length && !options.mayChange) {
    throw new AditError(
      9215,
      `Cannot take over the data in "${options.place}": this version changes its schema. Stop the other server, then start this one`,
    );
  }
  for (const [index, migration] of options.migrations.entries()) {
    if (index < done) continue;
    await db.transaction().execute(async (tx) => {
      await migration.up(tx, options.types);
      const record = { version: index + 1, name: migration.name, applied_at_ms: options.nowMs };
      await tx.insertInto('schema_migrations').values(record).execute();
    });
  }
}

/** Which version the schema has; 0: none yet. Changes nothing. */
export async function schemaVersion(db: Kysely<Tables>): Promise<number> {
  const tables = await db.introspection.getTables();
  return tables.some(({ name }) => name === 'schema_migrations') ? lastApplied(db) : 0;
}

/** The same where the table of versions is known to be there. */
export async function lastApplied(db: Kysely<Tables>): Promise<number> {
  const { done } = await db
    .selectFrom('schema_migrations')
    .select((eb) => eb.fn.coalesce(eb.fn.max('version'), eb.lit(0)).as('done'))
    .executeTakeFirstOrThrow();
  return done;
}
