import type { Clock } from '../domain/clock.ts';
import type { DatabaseAddress } from '../domain/database-address.ts';
import type { Store } from '../domain/store.ts';
import { openPostgresStore } from '../store/postgres/open-postgres-store.ts';
import type { OpenSealer } from '../store/sealed-values.ts';
import { openDataDirectory } from '../store/sqlite/data-directory.ts';
import { openSqliteStore } from '../store/sqlite/open-sqlite-store.ts';

export interface StorePlace {
  /** Null: in the data directory. */
  readonly database: DatabaseAddress | null;
  /** This server's alone, wherever its store is. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly openSealer: OpenSealer;
  /** Start while another server has the directory, whose place this one takes. */
  readonly beside: boolean;
}

export interface OpenedStore {
  readonly store: Store;
  claimDirectory(): boolean;
  /** Whether another process has changed the data since the last call, without a notice. */
  hasStoreChanged(): boolean;
}

/** @throws {AditError} 9210–9217: the data directory or the database cannot be used. */
export async function openStore(
  opened: AsyncDisposableStack,
  { database, ...place }: StorePlace,
): Promise<OpenedStore> {
  if (database === null) {
    const store = await openSqliteStore(place);
    opened.defer(() => store.close());
    return { store, claimDirectory: () => store.claimDirectory(), hasStoreChanged: () => store.hasChanged() };
  }
  const directory = openDataDirectory(place.dataDir, place);
  opened.defer(() => directory.unlock());
  const store = await openPostgresStore({ ...place, address: database, mayMigrate: directory.isLocked });
  opened.defer(() => store.close());
  // Servers on one database tell each other by the bus, and so do commands of the operator.
  return { store, claimDirectory: () => directory.claim(), hasStoreChanged: () => false };
}
