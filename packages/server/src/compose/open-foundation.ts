import { systemClock as clock } from '../clock/system-clock.ts';
import { type EffectiveOptions, effectiveOptions } from '../config/effective-options.ts';
import type { ServerOptions } from '../config/server-options.ts';
import { loadSigningKey } from '../data-dir/signing-key.ts';
import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import type { Store } from '../domain/store.ts';
import { openSqliteStore } from '../store/sqlite/open-sqlite-store.ts';
import { createLog } from '../telemetry/create-log.ts';
import { createMetrics, type Metrics } from '../telemetry/create-metrics.ts';

/** What every other room stands on. */
export interface Foundation {
  readonly options: ServerOptions;
  readonly settings: EffectiveOptions;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly store: Store;
  readonly signingKey: Uint8Array;
  /** Whether the data directory is this server's alone; gets it as soon as the server before it has let go. */
  claimDirectory(): boolean;
}

/** @throws {AditError} 9210–9213, 9215: the data directory cannot be used. */
export async function openFoundation(opened: AsyncDisposableStack, options: ServerOptions): Promise<Foundation> {
  const settings = effectiveOptions(options);
  const log = createLog({ level: options['log-level'] });
  const metrics = createMetrics();
  opened.defer(() => metrics.close());
  const store = await openSqliteStore({ dataDir: settings.dataDir, clock, beside: options['take-over'] });
  opened.defer(() => store.close());
  const signingKey = await loadSigningKey(settings.dataDir);
  const claimDirectory = (): boolean => store.claimDirectory();
  return { options, settings, clock, log, metrics, store, signingKey, claimDirectory };
}
