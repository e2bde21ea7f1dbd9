import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../clock/system-clock.ts';
import type { Clock } from '../../domain/clock.ts';
import type { DatabaseAddress } from '../../domain/database-address.ts';
import { openTestSealer as openSealer } from '../test-sealer.testkit.ts';
import { openPostgresStore } from './open-postgres-store.ts';
import { defaultPostgresLimits } from './postgres-limits.ts';
import { isPostgresInstalled, type PostgresServer, startPostgres } from './postgres-server.testkit.ts';
import type { PostgresStore } from './postgres-store.ts';

describe.skipIf(!isPostgresInstalled)('on PostgreSQL,', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.close());

  async function open(address: DatabaseAddress, clock: Clock = systemClock): Promise<PostgresStore> {
    // A busy machine may take longer than transactions may usually idle.
    const limits = { ...defaultPostgresLimits, idleTransactionTimeoutMs: 60_000 };
    const store = await openPostgresStore({ openSealer, address, clock, limits });
    onTestFinished(() => store.close());
    return store;
  }

  /** A change that is in the middle until `end` is called. */
  async function begin(store: PostgresStore): Promise<{ end(): void; over: Promise<void> }> {
    const [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const over = store.write(async (tx) => {
      await tx.isEmpty();
      begun.resolve();
      await ended.promise;
    });
    await begun.promise;
    return { end: ended.resolve, over };
  }

  test('untilEarlierChangesEnd() waits for what another server has begun, and not for what begins later', async () => {
    const address = await server.createDatabase();
    const waiting = Promise.withResolvers<void>();
    const clock: Clock = {
      ...systemClock,
      after(ms, call) {
        waiting.resolve();
        return systemClock.after(ms, call);
      },
    };
    const [one, two] = [await open(address), await open(address, clock)];
    const other = await open(await server.createDatabase());
    const elsewhere = await begin(other);
    const order: string[] = [];
    const earlier = await begin(one);
    const waited = two.untilEarlierChangesEnd().then(() => order.push('waited'));
    // By then it has seen what was begun: what begins now is later.
    await waiting.promise;
    order.push('earlier ends');
    earlier.end();
    await earlier.over;
    const later = await begin(one);
    await waited;
    expect(order).toEqual(['earlier ends', 'waited']);
    later.end();
    elsewhere.end();
    await Promise.all([later.over, elsewhere.over]);
  });
});
