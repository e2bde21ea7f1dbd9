import { AditError, type Id } from '@adit/contracts';
import { aditProfile, readProxyHeader, streamTypes } from '@adit/wire';
import { describe, expect, test } from 'vitest';
import { labelledSchemes } from '../../domain/endpoint.ts';
import type { Labels } from '../../domain/labels.ts';
import { emptyChain } from '../../policy/run/empty-chain.ts';
import {
  codeOf,
  principals,
  type Reply,
  settle,
  startWorld,
  type TestAgent,
  type TestWorld,
  type WorldOptions,
} from './test-agent.testkit.ts';

/** StartTunnelWithLabel (agent protocol, §10.3). What finds such tunnels is the directory's. */

const { accountId, credentialId } = principals.ours;
const shop: Labels = { app: 'shop' };

async function start(options: WorldOptions = {}): Promise<{ world: TestWorld; agent: TestAgent }> {
  const world = startWorld(options);
  return { world, agent: await another(world) };
}

async function another(world: TestWorld, token: 'ours' | 'ours2' | 'theirs' = 'ours'): Promise<TestAgent> {
  const agent = world.connect();
  await agent.auth(token);
  return agent;
}

const found = ({ directory }: TestWorld, labels: Labels = shop) => directory.findLabelled(accountId, 'https', labels);
const idsIn = ({ directory }: TestWorld) => directory.list(accountId).map(({ id }) => id);
const idOf = ({ Id }: Reply) => Id as Id<'endpoint'>;

describe('StartTunnelWithLabel', () => {
  test('publishes the tunnel and answers what SDKs need', async () => {
    const { world, agent } = await start();
    const reply = await agent.startTunnel(shop, { ForwardsTo: 'x'.repeat(2_000), Metadata: 'mine' });
    expect(reply).toEqual({ Id: expect.stringMatching(/^ep_/), Error: '' });
    const [route] = found(world);
    expect(route).toMatchObject({ bindId: reply.Id, chain: emptyChain, link: { kind: 'agent' } });
    expect(route?.endpoint).toMatchObject({
      ...{ id: reply.Id, accountId, credentialId, agentSessionId: agent.clientId, isPooled: true },
      ...{ forwardsTo: 'x'.repeat(1_024), metadata: 'mine', upstreamProtocol: 'http1' },
      part: { kind: 'tunnel', labels: shop },
    });
    expect(idsIn(world)).toEqual([reply.Id]);
  });

  test('takes keys in any letter case, but for those of labels', async () => {
    const { world, agent } = await start();
    const request = { LABELS: { App: 'Shop' }, forwardsto: 'http://localhost:1', FORWARDSPROTO: 'http2' };
    await agent.call(streamTypes.startTunnelWithLabel, request);
    expect(found(world)).toEqual([]);
    const [route] = found(world, { App: 'Shop' });
    expect(route?.endpoint).toMatchObject({ forwardsTo: 'http://localhost:1', upstreamProtocol: 'http2' });
  });

  test.each<[what: string, labels: unknown, change: object, code: string]>([
    ['no labels', {}, {}, 'ERR_NGROK_301'],
    ['null for labels', null, {}, 'ERR_NGROK_301'],
    ['a text for labels', 'app=shop', {}, 'ERR_NGROK_301'],
    ['a list for labels', ['app', 'shop'], {}, 'ERR_NGROK_301'],
    ['a number as value', { app: 1 }, {}, 'ERR_NGROK_301'],
    ['an object as value', { app: { toString: 'shop' } }, {}, 'ERR_NGROK_301'],
    ['one good and one bad', { app: 'shop', zone: null }, {}, 'ERR_NGROK_301'],
    ['a key that readers of JSON drop', JSON.parse('{"app":"shop","__proto__":"x"}'), {}, 'ERR_NGROK_301'],
    ['a huge value', { app: 'x'.repeat(500_000) }, {}, 'ERR_NGROK_301'],
    ['very many', Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [i, 'x'])), {}, 'ERR_NGROK_301'],
    ['a message that is too long', { app: 'x'.repeat(2_000_000) }, {}, 'ERR_NGROK_301'],
    ['metadata of more than 4,096 bytes', shop, { Metadata: 'x'.repeat(4_097) }, 'ERR_NGROK_301'],
    ['another protocol of the upstream', shop, { ForwardsProto: 'http3' }, 'ERR_ADIT_9403'],
  ])('refuses %s, nothing is published, and the session lives', async (_what, labels, change, code) => {
    const { world, agent } = await start();
    expect(codeOf(await agent.startTunnel(labels, { ...change }))).toBe(code);
    expect(idsIn(world)).toEqual([]);
    expect((await agent.startTunnel(shop)).Error).toBe('');
  });

  test('is limited per session with 324, together with binds', async () => {
    const { agent } = await start({ limits: { maxEndpointsPerSession: 2 } });
    await agent.bind();
    const { Id } = await agent.startTunnel(shop);
    expect(codeOf(await agent.startTunnel(shop))).toBe('ERR_NGROK_324');
    await agent.unbind(Id);
    expect((await agent.startTunnel(shop)).Error).toBe('');
  });

  test('that is on its way while its session ends publishes nothing', async () => {
    const { world, agent } = await start();
    const reply = agent.startTunnel(shop).catch(() => 'lost');
    // Its connection lives a moment longer, for the agent to read why.
    world.sessions.renewByCredential(credentialId);
    await settle();
    expect(idsIn(world)).toEqual([]);
    world.clock.advance(250);
    expect(await reply).toBe('lost');
  });

  test('[invariant: tenancy-in-every-key] of another account with the same labels is found by that one only', async () => {
    const { world, agent } = await start();
    const mine = await agent.startTunnel(shop);
    const other = await (await another(world, 'theirs')).startTunnel(shop);
    expect(found(world).map(({ bindId }) => bindId)).toEqual([mine.Id]);
    const theirs = world.directory.findLabelled(principals.theirs.accountId, 'https', shop);
    expect(theirs.map(({ bindId }) => bindId)).toEqual([other.Id]);
  });
});

describe('the ACL of a credential', () => {
  async function limitedTo(...acl: string[]) {
    const world = startWorld();
    world.hooks.findPrincipal = async () => ({ ...principals.ours, acl });
    return { world, agent: await another(world) };
  }

  test.each<[acl: string[], labels: Labels, code: string | undefined]>([
    [['*'], shop, undefined],
    [['bind:app=shop'], shop, undefined],
    [['bind:app=*'], shop, undefined],
    [['bind:*=*'], { app: 'shop', zone: 'a' }, undefined],
    [['bind:app=shop', 'bind:zone=a'], { app: 'shop', zone: 'a' }, undefined],
    [['bind:app=shop'], { app: 'shop', zone: 'a' }, 'ERR_NGROK_399'],
    [['bind:app=shop'], { app: 'shops' }, 'ERR_NGROK_399'],
    [['bind:app.localhost'], shop, 'ERR_NGROK_399'],
    [['require:restrict-ips'], shop, 'ERR_ADIT_9409'],
    [['bind:*', 'require:restrict-ips', 'require:basic-auth {"realm":"x"}'], shop, 'ERR_ADIT_9409'],
    [['bind:zone=a', 'require:restrict-ips'], shop, 'ERR_NGROK_399'],
  ])('%j with labels %j: %s', async (acl, labels, code) => {
    const { world, agent } = await limitedTo(...acl);
    expect(codeOf(await agent.startTunnel(labels))).toBe(code);
    expect(found(world, labels)).toHaveLength(code === undefined ? 1 : 0);
  });

  test('is told what it requires, and where that belongs', async () => {
    const { agent } = await limitedTo('require:restrict-ips', 'require:verify-webhook {"provider":"github"}');
    const { Error: text } = await agent.startTunnel(shop);
    expect(text).toContain('requires restrict-ips; verify-webhook {"provider":"github"}');
    expect(text).toContain('to the edge');
  });

  test('is asked again of what comes back', async () => {
    const { world, agent } = await limitedTo();
    await agent.startTunnel(shop);
    world.hooks.findPrincipal = async () => ({ ...principals.ours, acl: ['bind:app=other'] });
    world.sessions.renewByCredential(credentialId);
    await agent.closed;
    const again = agent.as(world.connect());
    await again.auth();
    expect(codeOf(await again.startTunnel(shop))).toBe('ERR_NGROK_399');
    expect(found(world)).toEqual([]);
  });
});

describe('a visitor', () => {
  const visitor = {
    clientIp: '203.0.113.9',
    clientPort: 51_234,
    serverIp: '192.0.2.1',
    serverPort: 443,
    serverName: null,
  };

  test.each([
    ['https', '3'],
    ['tls', '2'],
    ['tcp', '1'],
  ] as const)('of an edge for %s comes with edge type %s, and the bytes both ways', async (scheme, EdgeType) => {
    const { world, agent } = await start();
    const { Id } = await agent.startTunnel(shop);
    const [route] = world.directory.findLabelled(accountId, scheme, shop);
    const next = agent.nextStream();
    const edge = route?.link.open({
      ...{ bindId: route.bindId, visitor, protocol: route.endpoint.scheme },
      isPassthrough: scheme === 'tls',
    });
    const stream = await next;
    expect(await readProxyHeader(stream)).toEqual({
      ...{ Id, ClientAddr: '203.0.113.9:51234', Proto: scheme, EdgeType, PassthroughTLS: scheme === 'tls' },
    });
    edge?.end('ping');
    expect(Buffer.concat(await stream.toArray()).toString()).toBe('ping');
    stream.end('pong');
    expect(Buffer.concat((await edge?.toArray()) ?? []).toString()).toBe('pong');
  });

  test('of an ordinary endpoint in the same session comes with edge type 0', async () => {
    const { world, agent } = await start();
    await agent.startTunnel(shop);
    await agent.bind();
    const next = agent.nextStream();
    const route = world.route();
    route?.link.open({ bindId: route.bindId, visitor, protocol: 'https' });
    expect((await readProxyHeader(await next)).EdgeType).toBe('0');
  });
});

describe('a labelled tunnel', () => {
  test('goes offline by Unbind, as often as that comes, and another with its labels stays', async () => {
    const { world, agent } = await start();
    const [first, second] = [await agent.startTunnel(shop), await agent.startTunnel(shop)];
    expect(first.Id).not.toBe(second.Id);
    for (let i = 0; i < 3; i++) expect(await agent.unbind(first.Id)).toEqual({});
    expect(idsIn(world)).toEqual([second.Id]);
    expect(found(world).map(({ bindId }) => bindId)).toEqual([second.Id]);
  });

  test('is not touched by another session', async () => {
    const { world, agent } = await start();
    const { Id } = await agent.startTunnel(shop);
    const other = await another(world, 'ours2');
    expect(await other.unbind(Id)).toEqual({});
    const change = { TunnelId: Id, Metadata: 'theirs' };
    expect(codeOf(await other.call(streamTypes.patchTunnelState, change))).toBe('ERR_NGROK_333');
    expect(found(world)[0]?.endpoint.metadata).toBe('');
  });

  test('is changed by PatchTunnelState under all its names', async () => {
    const { world, agent } = await start();
    const { Id } = await agent.startTunnel(shop);
    expect(await agent.call(streamTypes.patchTunnelState, { TunnelId: Id, Metadata: 'new' })).toEqual({});
    const metadata = labelledSchemes.map(
      (scheme) => world.directory.findLabelled(accountId, scheme, shop)[0]?.endpoint.metadata,
    );
    expect(metadata).toEqual(['new', 'new', 'new']);
  });

  test('is gone with its session, and comes back with it under a new id, with nothing left of the old one', async () => {
    const { world, agent } = await start();
    const first = await agent.startTunnel(shop);
    agent.transport.destroy();
    await settle();
    expect(found(world)).toEqual([]);
    const again = agent.as(world.connect());
    await again.auth();
    expect(again.clientId).toBe(agent.clientId);
    const { Id } = await again.startTunnel(shop);
    expect(Id).not.toBe(first.Id);
    expect(idsIn(world)).toEqual([Id]);
    expect(found(world).map(({ bindId }) => bindId)).toEqual([Id]);
  });

  test('is taken over by a newer connection of its session while the older one is half-dead', async () => {
    const { world, agent } = await start();
    await agent.startTunnel(shop);
    const newer = agent.as(world.connect());
    await newer.auth();
    const { Id } = await newer.startTunnel(shop);
    expect(idsIn(world)).toEqual([Id]);
  });

  test.each<[what: string, end: (world: TestWorld) => unknown]>([
    ['its credential is revoked', ({ sessions }) => sessions.closeByCredential(credentialId)],
    ['its owner is disabled', ({ sessions }) => sessions.pauseByCredential(credentialId)],
    ['its account is suspended', ({ sessions }) => sessions.closeByAccount(accountId)],
    ['the server drains', ({ sessions }) => void sessions.drain()],
  ])('[invariant: revoked-means-now] is gone when %s', async (_what, end) => {
    const { world, agent } = await start();
    await agent.startTunnel(shop);
    end(world);
    expect([found(world), idsIn(world)]).toEqual([[], []]);
  });

  test('that was stopped cannot be opened again by its session, others can', async () => {
    const { world, agent } = await start();
    const stopped = await agent.startTunnel(shop);
    const other = await agent.startTunnel({ app: 'other' });
    expect(world.sessions.stopEndpoint({ accountId, endpointId: idOf(stopped) }, new AditError(333, 'Stopped'))).toBe(
      true,
    );
    expect(world.cut).toEqual([stopped.Id]);
    expect(idsIn(world)).toEqual([other.Id]);
    expect(codeOf(await agent.startTunnel(shop))).toBe('ERR_NGROK_333');
    agent.transport.destroy();
    await settle();
    const again = agent.as(world.connect());
    await again.auth();
    expect(codeOf(await again.startTunnel(shop))).toBe('ERR_NGROK_333');
    expect((await again.startTunnel({ app: 'other' })).Error).toBe('');
    expect((await (await another(world, 'ours2')).startTunnel(shop)).Error).toBe('');
  });
});

describe('two legs of a session', () => {
  async function startTwoLegs() {
    const world = startWorld();
    const first = world.connect({ profile: aditProfile });
    await first.auth();
    const second = first.as(world.connect({ profile: aditProfile }));
    await second.auth('ours', { Extra: { LegNumber: 2 } });
    return { world, first, second };
  }

  test('serve the same tunnel under one id', async () => {
    const { world, first, second } = await startTwoLegs();
    const { Id } = await first.startTunnel(shop);
    expect((await second.startTunnel(shop)).Id).toBe(Id);
    expect([idsIn(world), world.directory.countOnline()]).toEqual([[Id], 1]);
    const links = new Set(Array.from({ length: 64 }, () => found(world)[0]?.link));
    expect(links.size).toBe(2);
    first.transport.destroy();
    await settle();
    expect(found(world).map(({ bindId }) => bindId)).toEqual([Id]);
    const { createdAtMs } = world.directory.list(accountId)[0] ?? {};
    world.clock.advance(1_000);
    const back = first.as(world.connect({ profile: aditProfile }));
    await back.auth('ours', { Extra: { LegNumber: 1 } });
    expect((await back.startTunnel(shop)).Id).toBe(Id);
    expect(world.directory.list(accountId)).toMatchObject([{ id: Id, createdAtMs }]);
  });

  test('serve several with the same labels, each once', async () => {
    const { world, first, second } = await startTwoLegs();
    const to = (ForwardsTo: string, Metadata = '') => ({ ForwardsTo, Metadata });
    const asked = [to('a'), to('b'), to('b'), to('b', 'mine')];
    const ids: string[] = [];
    for (const change of asked) ids.push((await first.startTunnel(shop, change)).Id);
    expect(new Set(ids).size).toBe(4);
    const again: string[] = [];
    for (const change of asked.toReversed()) again.push((await second.startTunnel(shop, change)).Id);
    expect(again.toReversed().map((id) => [ids[0], ids[3]].includes(id))).toEqual([true, false, false, true]);
    expect(new Set(again)).toEqual(new Set(ids));
    expect(idsIn(world)).toHaveLength(4);
    expect(world.directory.list(accountId).map(({ forwardsTo }) => forwardsTo)).toEqual(['b', 'b', 'b', 'a']);
  });

  test('do not share with another session that has the same labels', async () => {
    const { world, first } = await startTwoLegs();
    const { Id } = await first.startTunnel(shop);
    expect((await (await another(world)).startTunnel(shop)).Id).not.toBe(Id);
    expect(idsIn(world)).toHaveLength(2);
  });

  test('are stopped both', async () => {
    const { world, first, second } = await startTwoLegs();
    const { Id } = await first.startTunnel(shop);
    await second.startTunnel(shop);
    world.sessions.stopEndpoint({ accountId, endpointId: Id as `ep_${string}` }, new AditError(333, 'Stopped'));
    expect([found(world), idsIn(world)]).toEqual([[], []]);
    for (const leg of [first, second]) expect(codeOf(await leg.startTunnel(shop))).toBe('ERR_NGROK_333');
  });

  test('one of them may take it offline for itself', async () => {
    const { world, first, second } = await startTwoLegs();
    const { Id } = await first.startTunnel(shop);
    await second.startTunnel(shop);
    await first.unbind(Id);
    expect(idsIn(world)).toEqual([Id]);
    expect((await first.startTunnel(shop)).Id).toBe(Id);
  });
});
