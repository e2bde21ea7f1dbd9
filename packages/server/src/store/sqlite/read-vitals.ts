import { checkDatabase, versionAndAccounts } from './backup/check-database.ts';
import { existingDatabase } from './data-directory.ts';
import { openConnection } from './sqlite-database.ts';
import { toOpenError } from './sqlite-error.ts';

/** What is good to know of a database before anything else. */
export interface Vitals {
  readonly accounts: number;
  /** Milliseconds since 1970; null: nothing was written yet. */
  readonly newestRecordMs: number | null;
}

/**
 * Checks the whole database, also while a server uses it; only reads.
 *
 * @throws {AditError} 9260: there is none. 9213: it is damaged.
 */
export async function readVitals(dataDir: string): Promise<Vitals> {
  const { path, databaseFile } = existingDatabase(dataDir);
  try {
    const { raw, db } = openConnection(databaseFile, { isReadOnly: true });
    try {
      checkDatabase(raw);
      const { accounts, schemaVersion } = await versionAndAccounts(db);
      if (schemaVersion === 0) return { accounts, newestRecordMs: null };
      const newest = await db
        .selectFrom('audit_events')
        .select((eb) => eb.fn.max('at_ms').as('at'))
        .executeTakeFirst();
      return { accounts, newestRecordMs: newest?.at ?? null };
    } finally {
      raw.close();
    }
  } catch (error) {
    throw toOpenError(error, path);
  }
}
