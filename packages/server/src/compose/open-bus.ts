import { createBus } from '../bus/create-bus.ts';
import { PostgresBus } from '../bus/postgres/postgres-bus.ts';
import type { Clock } from '../domain/clock.ts';
import type { DatabaseAddress } from '../domain/database-address.ts';
import type { Log } from '../domain/log.ts';
import type { Bus } from '../domain/notices.ts';

/**
 * As far as the store reaches: between all servers on one database, else in this process.
 *
 * @throws {AditError} 9216: the database does not answer.
 */
export async function openBus(
  opened: AsyncDisposableStack,
  { database, clock, log }: { database: DatabaseAddress | null; clock: Clock; log: Log },
): Promise<Bus> {
  if (database === null) return createBus(log);
  const bus = await PostgresBus.open({ address: database, clock, log });
  opened.defer(() => bus.close());
  return bus;
}
