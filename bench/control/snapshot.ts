import { systemClock } from '../../packages/server/src/clock/system-clock.ts';
import { followReservations } from '../../packages/server/src/compose/follow-reservations.ts';
import { Reservations } from '../../packages/server/src/directory/reservations.ts';
import type { Store } from '../../packages/server/src/domain/store.ts';
import { median } from '../report/quantile.ts';

const times = 7;
const silent = (): void => undefined;
const log = { isLevelEnabled: () => false, debug: silent, info: silent, warn: silent, error: silent };

/** How long the directory's reservations take to be read, milliseconds; the median of several times in one process. */
export async function timeSnapshot(store: Store): Promise<{ snapshotMs: number; reservations: number }> {
  const tookMs: number[] = [];
  let reservations = 0;
  for (let count = 0; count < times; count++) {
    const into = new Reservations();
    reservations = 0;
    into.watch(({ length }) => {
      reservations += length;
    });
    const startedAtMs = performance.now();
    const stop = await followReservations(into, { store, clock: systemClock, log, bus: { subscribe: () => silent } });
    tookMs.push(performance.now() - startedAtMs);
    stop();
  }
  return { snapshotMs: median(tookMs), reservations };
}
