import type { Clock } from '../domain/clock.ts';
import type { DatabaseAddress } from '../domain/database-address.ts';
import type { Store } from '../domain/store.ts';
import { openPostgresStore } from '../store/postgres/open-postgres-store.ts';
import { defaultPostgresLimits } from '../store/postgres/postgres-limits.ts';
import type { OpenSealer } from '../store/sealed-values.ts';
import { openDataDirectory } from '../store/sqlite/data-directory.ts';
import { openSqliteStore } from '../store/sqlite/open-sqlite-store.ts';

const sqliteCheckMs = 250;

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
  /** Whether the data has changed since the last call, perhaps without a notice. */
  hasStoreChanged(): Promise<boolean>;
  /** How often that is to be asked. */
  readonly storeCheckMs: number;
}

/** @throws {AditError} 9210–9217: the data directory or the database cannot be used. */
export async function openStore(
  opened: AsyncDisposableStack,
  { database, ...place }: StorePlace,
): Promise<OpenedStore> {
  if (database === null) {
    const store = await openSqliteStore(place);
    opened.defer(() => store.close());
    const hasStoreChanged = async () => store.hasChanged();
    return { store, claimDirectory: () => store.claimDirectory(), hasStoreChanged, storeCheckMs: sqliteCheckMs };
  }
  const directory = openDataDirectory(place.dataDir, place);
  opened.defer(() => directory.unlock());
  const store = await openPostgresStore({ ...place, address: database, mayMigrate: directory.isLocked });
  opened.defer(() => store.close());
  const { changeCheckMs: storeCheckMs } = defaultPostgresLimits;
  const hasStoreChanged = () => store.hasChanged();
  return { store, claimDirectory: () => directory.claim(), hasStoreChanged, storeCheckMs };
}
