// Every operation of the API with everything that can be wrong in each of its places, as the document describes them: what is
// added there is fuzzed from its first day. `FUZZ_RUNS` and `FUZZ_SEED` ask for more, or for other requests.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../clock/system-clock.ts';
import { openPostgresStore } from '../../store/postgres/open-postgres-store.ts';
import {
  isPostgresInstalled,
  type PostgresServer,
  startPostgres,
} from '../../store/postgres/postgres-server.testkit.ts';
import { openTestSealer } from '../../store/test-sealer.testkit.ts';
import { readDocument } from '../reference/reference-files.ts';
import { answerFaults } from './answer-faults.testkit.ts';
import { FuzzTarget } from './fuzz-target.testkit.ts';
import { placesOf } from './odd-places.testkit.ts';
import type { OddRequest } from './odd-request.testkit.ts';
import { listAll, storeFaults } from './store-faults.testkit.ts';

const usualRuns = Number(process.env['FUZZ_RUNS'] ?? 4);
const seed = Number(process.env['FUZZ_SEED'] ?? 20260102);
const maxMs = 10_000;

const { paths } = JSON.parse(await readDocument()) as { paths: Record<string, Record<string, object>> };
const all = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method, path, ...operation })),
);

/** Bodies of `POST` that found something once; all are refused. */
const foundBefore: readonly [path: string, odd: OddRequest][] = [
  ['/reserved_domains', { member: ['certificate_id', '"a\\u0000b"'] }],
  ['/event_subscriptions', { member: ['destination_ids', '["cr_\\u0000","xn--"]'] }],
  ['/ip_policy_rules', { member: ['ip_policy_id', '"ipp_\\u0000"'] }],
  ['/vault_secrets', { member: ['vault_id', '"\\u0000"'] }],
];

describe('on SQLite,', () => {
  fuzz({ operations: all, runs: usualRuns }, () => FuzzTarget.open());
});

describe.skipIf(!isPostgresInstalled)('on PostgreSQL, which keeps other texts,', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.close());

  fuzz({ operations: all.filter((operation) => 'requestBody' in operation), runs: usualRuns / 2 }, async () => {
    const address = await server.createDatabase();
    const store = await openPostgresStore({ openSealer: openTestSealer, address, clock: systemClock });
    return await FuzzTarget.open(store);
  });
});

interface FuzzOptions {
  readonly operations: readonly { readonly method: string; readonly path: string }[];
  /** Requests for each place, times its weight. */
  readonly runs: number;
}

function fuzz({ operations, runs }: FuzzOptions, open: () => Promise<FuzzTarget>): void {
  let target: FuzzTarget;
  let foreign: Awaited<ReturnType<typeof listAll>>;

  beforeAll(async () => {
    target = await open();
    foreign = await listAll(target, target.stranger);
  });
  afterAll(() => target.dispose());

  test('the document has every operation of the server', () => {
    const answered = target.world.operations.map(({ method, path }) => [
      method.toLowerCase(),
      path.replaceAll(/:(\w+)/g, '{$1}'),
    ]);
    expect(all.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(
      answered.map((one) => one.join(' ')).sort(),
    );
  });

  test.each(foundBefore)('POST %s refuses %j', async (path, odd) => {
    const exchange = await target.send(target.operationAt('post', path), odd);
    expect(answerFaults(exchange, target)).toEqual([]);
    expect(exchange.status).toBe(400);
  });

  test.each(operations)(
    '$method $path answers whatever is sent, in time and by the rules',
    async ({ method, path }) => {
      const operation = target.operationAt(method, path);
      await target.renewCaller();
      const usual = await target.send(operation);
      expect(usual.status, usual.text).toBeLessThan(400);
      for (const { name, requests, weight } of placesOf(operation, target.options)) {
        const property = fc.asyncProperty(requests, async (odd) => {
          const exchange = await target.send(operation, odd);
          const answered = `FUZZ_SEED=${seed}, ${name}: ${exchange.status} ${exchange.text.slice(0, 500)}`;
          expect(answerFaults(exchange, target), answered).toEqual([]);
        });
        // Whatever was made on the way is there: a smaller request would meet another store.
        const how = { endOnFailure: true, timeout: maxMs };
        await fc.assert(property, {
          ...how,
          numRuns: Math.ceil(runs * weight),
          seed: seedOf(`${method} ${path} ${name}`),
        });
      }
    },
  );

  test('after all that, the store is as was told, others have what they had, and the server serves', async () => {
    expect(await storeFaults(target)).toEqual([]);
    expect(await listAll(target, target.stranger)).toEqual(foreign);
    expect((await target.call({ url: '/healthz' })).statusCode).toBe(200);
    console.log(`${operations.length} operations, ${target.sent} requests`);
  }, 60_000);
}

/** Not the same for all, or two places would get the same texts. */
function seedOf(text: string): number {
  return createHash('sha256').update(`${seed} ${text}`).digest().readInt32BE();
}
