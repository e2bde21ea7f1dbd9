import { systemClock as clock } from '../clock/system-clock.ts';
import { type EffectiveOptions, effectiveOptions } from '../config/effective-options.ts';
import { loadDatabaseAddress } from '../config/load-database.ts';
import type { ServerOptions } from '../config/server-options.ts';
import { loadSigningKey } from '../data-dir/signing-key.ts';
import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import type { Bus } from '../domain/notices.ts';
import type { Store } from '../domain/store.ts';
import { openKeyRing } from '../secrets/open-key-ring.ts';
import { createLog } from '../telemetry/create-log.ts';
import { createMetrics, type Metrics } from '../telemetry/create-metrics.ts';
import { openBus } from './open-bus.ts';
import { openStore } from './open-store.ts';

/** What every other room stands on. */
export interface Foundation {
  readonly options: ServerOptions;
  readonly settings: EffectiveOptions;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly store: Store;
  readonly bus: Bus;
  readonly signingKey: Uint8Array;
  /** Whether the data directory is this server's alone; gets it as soon as the server before it has let go. */
  claimDirectory(): boolean;
  /** Whether the store has changed since the last call, perhaps without a notice. */
  hasStoreChanged(): Promise<boolean>;
  /** How often that is to be asked. */
  readonly storeCheckMs: number;
}

/**
 * @throws {AditError} 9201, 9202: the database's URL. 9210–9217: the data directory or the database cannot be used. 9240, 9242:
 *   the keys of its secrets.
 */
export async function openFoundation(opened: AsyncDisposableStack, options: ServerOptions): Promise<Foundation> {
  const settings = effectiveOptions(options);
  const log = createLog({ level: options['log-level'] });
  const metrics = createMetrics();
  opened.defer(() => metrics.close());
  const { dataDir } = settings;
  const database = await loadDatabaseAddress(options);
  const openSealer = (sealed: readonly Uint8Array[]) => openKeyRing(settings.secretsKeys, sealed);
  const place = { database, dataDir, clock, openSealer, beside: options['take-over'] };
  const { store, ...storeAccess } = await openStore(opened, place);
  const bus = await openBus(opened, { database, clock, log });
  const signingKey = await loadSigningKey(dataDir);
  return { options, settings, clock, log, metrics, store, ...storeAccess, bus, signingKey };
}
