import { AditError, newId } from '@adit/contracts';
import { expect, test } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import { Directory } from '../../directory/directory.ts';
import { Reservations } from '../../directory/reservations.ts';
import { FakeChain } from '../../domain/fake-chain.testkit.ts';
import type { ChainFollower } from '../../policy/open-chain.ts';
import type { CloudEndpoint } from './cloud-endpoint.ts';
import { CloudEndpoints } from './cloud-endpoints.ts';

const lacking = new AditError(9409, 'Cannot open the endpoint: its account requires basic-auth');
const usual: CloudEndpoint = {
  ...{ id: newId('endpoint', 0), accountId: newId('account', 0), revision: 1, policy: '', createdAtMs: 0 },
  address: { scheme: 'https', host: 'app.localhost', port: null, binding: 'public' },
  ...{ isPooled: false, isSuspended: false, description: '', metadata: '' },
};

function start() {
  const directory = new Directory({
    ...{ clock: fakeClock(), domain: 'localhost', tcpPorts: null, reservations: new Reservations() },
    publicUrl: ({ scheme, host }) => `${scheme}://${host}`,
  });
  const world = { refusal: null as AditError | null, cut: [] as string[], followers: [] as ChainFollower[] };
  const opened: FakeChain[] = [];
  const endpoints = new CloudEndpoints({
    directory,
    chains: {
      async open() {
        if (world.refusal) throw world.refusal;
        const chain = new FakeChain({ isEmpty: true });
        opened.push(chain);
        const follow = (follower: ChainFollower) => void world.followers.push(follower);
        return { chain, lacks: null, follow, close: () => chain.close() };
      },
    },
    grants: { recheck: () => 0, cutByEndpoint: (_account, id) => world.cut.push(id) },
    tcpPorts: { open: async () => () => {} },
    log: { info() {}, warn() {}, error() {} },
  });
  const isOnline = () => directory.find('https', 'app.localhost') !== undefined;
  return { world, endpoints, opened, isOnline };
}

test('an endpoint that lacks what its account now requires is offline, with the reason, until it has it', async () => {
  const { world, endpoints, opened, isOnline } = start();
  await endpoints.set(usual);
  world.refusal = lacking;
  world.followers[0]?.onLacking(lacking);
  expect([isOnline(), world.cut, endpoints.whyOffline(usual), opened[0]?.isClosed]).toEqual([
    ...[false, [usual.id], lacking, true],
  ]);
  await endpoints.retry();
  expect([isOnline(), endpoints.isWaiting]).toEqual([false, true]);
  world.refusal = null;
  await endpoints.set({ ...usual, revision: 2, policy: 'on_http_request: []' });
  expect([isOnline(), endpoints.whyOffline(usual)]).toEqual([true, undefined]);
});

test('an endpoint whose new policy lacks what its account requires goes offline: it does not keep the old one', async () => {
  const { world, endpoints, opened, isOnline } = start();
  await endpoints.set(usual);
  world.refusal = lacking;
  await endpoints.set({ ...usual, revision: 2, policy: 'on_http_request: []' });
  expect([isOnline(), world.cut, endpoints.whyOffline(usual), opened[0]?.isClosed]).toEqual([
    ...[false, [usual.id], lacking, true],
  ]);
  world.refusal = null;
  await endpoints.retry();
  expect(isOnline()).toBe(true);
});

test('an endpoint whose new policy cannot be looked at now stays as it is, and is to be set again', async () => {
  const { world, endpoints, isOnline } = start();
  await endpoints.set(usual);
  world.refusal = new AditError(9113);
  await expect(endpoints.set({ ...usual, revision: 2, policy: 'on_http_request: []' })).rejects.toBe(world.refusal);
  expect([isOnline(), endpoints.whyOffline(usual)]).toEqual([true, undefined]);
});
