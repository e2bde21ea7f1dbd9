import { newId } from '@adit/contracts';
import { proceed } from '@adit/policy-kit';
import { sampleConnectFacts } from '@adit/policy-kit/testkit';
import { describe, expect, test } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import type { Chain } from '../../domain/chain.ts';
import { FakeChain } from '../../domain/fake-chain.testkit.ts';
import type { LiveStream } from '../../domain/grants.ts';
import type { InternalRoute, Route } from '../../domain/route.ts';
import { sampleEndpoint } from '../sample-endpoint.testkit.ts';
import { createGrants } from './grants.ts';

const account = newId('account', 0);
const otherAccount = newId('account', 0);
const credential = newId('credential', 0);
const facts = sampleConnectFacts();

function routeOf(changes: Partial<Route['endpoint']> = {}, chain: Chain = new FakeChain()): Route {
  const endpoint = sampleEndpoint({ accountId: account, credentialId: credential, ...changes });
  const link = { kind: 'local', open: () => expect.unreachable() } as const;
  return { endpoint, chain, link, bindId: 'bind', tls: null };
}

function streamOf(cut: () => void, visitor = facts): LiveStream {
  return { facts: visitor, request: null, cut };
}

/** Grants and a list of the names of the streams that were cut. */
function bench() {
  const cut: string[] = [];
  const failures: unknown[] = [];
  const grants = createGrants({ clock: fakeClock(), onCutError: (error) => failures.push(error) });
  const admit = (route: Route, name: string, visitor = facts) =>
    grants.admit(
      route,
      streamOf(() => cut.push(name), visitor),
    );
  return { grants, cut, failures, admit };
}

test('cutByCredential() cuts every stream of the credential, on any endpoint, and no other [invariant: revoked-means-now]', () => {
  const { grants, cut, admit } = bench();
  admit(routeOf(), 'one');
  admit(routeOf(), 'two');
  admit(routeOf({ credentialId: newId('credential', 0) }), 'of another credential');
  admit(routeOf({ credentialId: null }), 'of the console');
  expect(grants.cutByCredential(account, credential)).toBe(2);
  expect(cut).toEqual(['one', 'two']);
  expect(grants.size).toBe(2);
});

test('cutByAccount() cuts every stream of the account and no other [invariant: revoked-means-now]', () => {
  const { grants, cut, admit } = bench();
  admit(routeOf(), 'one');
  admit(routeOf({ credentialId: newId('credential', 0) }), 'of another credential');
  admit(routeOf({ accountId: otherAccount }), 'of another account');
  expect(grants.cutByAccount(account)).toBe(2);
  expect(cut).toEqual(['one', 'of another credential']);
  expect(grants.size).toBe(1);
});

test('cutByEndpoint() cuts every stream of the endpoint and no other [invariant: revoked-means-now]', () => {
  const { grants, cut, admit } = bench();
  const route = routeOf();
  admit(route, 'one');
  admit({ ...route, endpoint: { ...route.endpoint, generation: 2 } }, 'of a later generation');
  admit(routeOf(), 'of another endpoint');
  expect(grants.cutByEndpoint(account, route.endpoint.id)).toBe(2);
  expect(cut).toEqual(['one', 'of a later generation']);
});

test('no look-up reaches the streams of another account [invariant: tenancy-in-every-key]', () => {
  const { grants, cut, admit } = bench();
  const route = routeOf(
    {},
    chainAnswering(() => true),
  );
  admit(route, 'ours');
  expect(grants.cutByCredential(otherAccount, credential)).toBe(0);
  expect(grants.cutByEndpoint(otherAccount, route.endpoint.id)).toBe(0);
  expect(grants.recheck({ ...route, endpoint: { ...route.endpoint, accountId: otherAccount } })).toBe(0);
  expect(cut).toEqual([]);
});

test('recheck() asks the new chain, and cuts what it refuses [invariant: revoked-means-now]', () => {
  const { grants, cut, admit } = bench();
  const route = routeOf();
  admit(route, 'inside', sampleConnectFacts({ clientIp: '192.0.2.1' }));
  admit(route, 'outside', sampleConnectFacts({ clientIp: '203.0.113.1' }));
  admit(routeOf(), 'of another endpoint', sampleConnectFacts({ clientIp: '203.0.113.1' }));
  const changed = { ...route, chain: chainAnswering((clientIp) => clientIp.startsWith('203.')) };
  expect(grants.recheck(changed)).toBe(1);
  expect(cut).toEqual(['outside']);
  expect(grants.recheck(changed)).toBe(0);
});

test('recheck() keeps a stream that would be sent on to the same place, and cuts one that would go elsewhere [invariant: revoked-means-now]', () => {
  const { grants, cut } = bench();
  const [asked, here, there] = [routeOf(), routeOf({ host: 'here.internal' }), routeOf({ host: 'there.internal' })];
  const served = { here, there, 'by itself': undefined } as const;
  for (const [name, next] of Object.entries(served)) {
    grants.admit(
      asked,
      streamOf(() => cut.push(name)),
      next,
    );
  }
  const sendsOn = { outcome: 'reroute', reason: 'x/y', target: { url: '', route: here } as InternalRoute } as const;
  const chain = new FakeChain({ recheck: () => sendsOn });
  expect(grants.recheck({ ...asked, chain })).toBe(2);
  expect(cut).toEqual(['there', 'by itself']);
  // Another one of its pool is the same place.
  const target = { url: '', route: routeOf({ host: 'here.internal' }) } as InternalRoute;
  const another = new FakeChain({ recheck: () => ({ ...sendsOn, target }) });
  expect(grants.recheck({ ...asked, chain: another })).toBe(0);
  expect(grants.recheck({ ...asked, chain: new FakeChain() })).toBe(1);
});

test('recheck() cuts every stream when the chain breaks [invariant: fail-closed]', () => {
  const { grants, cut, admit } = bench();
  const route = routeOf();
  admit(route, 'one');
  const broken = chainAnswering(() => {
    throw new Error('boom');
  });
  expect(grants.recheck({ ...route, chain: broken })).toBe(1);
  expect(cut).toEqual(['one']);
});

describe('rules that are dear', () => {
  /** Five streams, and a chain that takes 15 ms to refuse one. */
  function dear() {
    const clock = fakeClock();
    const grants = createGrants({ clock });
    const route = routeOf();
    const cut: string[] = [];
    for (const name of ['one', 'two', 'three', 'four', 'five']) {
      grants.admit(
        route,
        streamOf(() => cut.push(name)),
      );
    }
    const slow = chainAnswering(() => {
      clock.advance(15);
      return true;
    });
    return { grants, cut, route, slow };
  }

  test('are asked about some streams in a turn of the event loop, and about all in the end [invariant: revoked-means-now]', async () => {
    const { grants, cut, route, slow } = dear();
    expect(grants.recheck({ ...route, chain: slow })).toBe(2);
    expect(cut).toHaveLength(2);
    await expect.poll(() => cut).toHaveLength(5);
  });

  test('are not asked any more when others have taken their place', async () => {
    const { grants, cut, route, slow } = dear();
    grants.recheck({ ...route, chain: slow });
    expect(grants.recheck({ ...route, chain: new FakeChain() })).toBe(0);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    expect(cut).toHaveLength(2);
    expect(grants.recheck({ ...route, chain: chainAnswering(() => true) })).toBe(3);
  });
});

test('a stream is cut at most once, whatever else happens to it', () => {
  const { grants, cut, admit } = bench();
  const route = routeOf();
  const released = admit(route, 'released');
  const live = admit(route, 'live');
  released.release();
  released.release();
  grants.cutByEndpoint(account, route.endpoint.id);
  grants.cutByCredential(account, credential);
  live.release();
  expect(cut).toEqual(['live']);
  expect(grants.size).toBe(0);
});

test('a cut callback that throws does not stop the others', () => {
  const { grants, cut, failures, admit } = bench();
  const route = routeOf();
  const boom = new Error('boom');
  admit(route, 'before');
  grants.admit(
    route,
    streamOf(() => {
      throw boom;
    }),
  );
  admit(route, 'after');
  expect(grants.cutByEndpoint(account, route.endpoint.id)).toBe(3);
  expect(cut).toEqual(['before', 'after']);
  expect(failures).toEqual([boom]);
  expect(grants.size).toBe(0);
});

test('a cut callback may release its own and other streams, and admit new ones, which are not cut', () => {
  const { grants, cut, admit } = bench();
  const route = routeOf();
  const releaseOthers = () => {
    first.release();
    second.release();
    admit(route, 'admitted meanwhile');
  };
  const first = grants.admit(route, streamOf(releaseOthers));
  const second = admit(route, 'released by the first');
  admit(route, 'third');
  expect(grants.cutByEndpoint(account, route.endpoint.id)).toBe(2);
  expect(cut).toEqual(['third']);
  expect(grants.size).toBe(1);
});

test('releasing 20,000 streams of one endpoint in any order leaves nothing behind', () => {
  const { grants } = bench();
  const route = routeOf();
  const live = Array.from({ length: 20_000 }, () =>
    grants.admit(
      route,
      streamOf(() => {}),
    ),
  );
  expect(grants.size).toBe(20_000);
  for (const grant of live.reverse()) grant.release();
  expect(grants.size).toBe(0);
  expect(grants.cutByEndpoint(account, route.endpoint.id)).toBe(0);
});

function chainAnswering(isRefused: (clientIp: string) => boolean): Chain {
  const refusal = { outcome: 'deny', reason: 'sample/refused', code: 3205 } as const;
  return new FakeChain({ recheck: ({ connection }) => (isRefused(connection.clientIp) ? refusal : proceed) });
}
