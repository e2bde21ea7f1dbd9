import type { Kysely } from 'kysely';
import type { DatabaseAddress } from '../../domain/database-address.ts';
import type { Tables } from '../tables.ts';
import { openDatabase } from './postgres-database.ts';
import { toOpenError } from './postgres-error.ts';
import type { PostgresLimits } from './postgres-limits.ts';

/**
 * Runs the task on a connection of its own, for which a statement may take as long as a change of the schema.
 *
 * @throws {AditError} 9216: the database does not answer. 9217: it cannot be used. Each says which, never the password.
 */
export async function withConnection<T>(
  { address, limits }: { address: DatabaseAddress; limits: PostgresLimits },
  task: (db: Kysely<Tables>) => Promise<T>,
): Promise<T> {
  const waitMs = limits.migrationTimeoutMs;
  const patience = { statementTimeoutMs: waitMs, answerTimeoutMs: waitMs, idleTransactionTimeoutMs: waitMs };
  const database = openDatabase(address, { ...limits, ...patience, maxConnections: 1 });
  try {
    return await database.connection().execute(task);
  } catch (error) {
    throw toOpenError(error, address);
  } finally {
    await database.destroy();
  }
}
