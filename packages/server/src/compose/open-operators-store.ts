import { missedNotice } from '../bus/postgres/missed-notice.ts';
import type { Clock } from '../domain/clock.ts';
import type { DatabaseAddress } from '../domain/database-address.ts';
import { openPostgresOperatorStore } from '../store/postgres/open-postgres-operator-store.ts';
import type { OpenSealer } from '../store/sealed-values.ts';
import type { SqlStore } from '../store/sql-store.ts';
import { openOperatorStore } from '../store/sqlite/open-operator-store.ts';

/**
 * The store of a server, for a command of the operator, whether it runs or not. What the command changes a running server
 * notices by itself: on PostgreSQL it is told with the change, of SQLite it asks.
 *
 * @param place.database Null: the data is in the data directory.
 * @throws {AditError} As `openOperatorStore` and `openPostgresOperatorStore` do.
 */
export function openOperatorsStore({
  database,
  dataDir,
  ...parts
}: {
  database: DatabaseAddress | null;
  dataDir: string;
  clock: Clock;
  openSealer: OpenSealer;
}): Promise<SqlStore> {
  if (database === null) return openOperatorStore({ dataDir, ...parts });
  return openPostgresOperatorStore({ address: database, notice: missedNotice(), ...parts });
}
