import { AditError } from '@adit/contracts';
import { aditProfile, readProxyHeader, streamTypes } from '@adit/wire';
import { describe, expect, test } from 'vitest';
import type { Link } from '../../domain/link.ts';
import {
  codeOf,
  principals,
  type Reply,
  settle,
  startWorld,
  type TestAgent,
  type TestWorld,
} from './test-agent.testkit.ts';

/** Several connections of one session (agent protocol, §14.4). */

interface TwoLegs {
  readonly world: TestWorld;
  readonly first: TestAgent;
  readonly second: TestAgent;
  /** Of the endpoint that both serve. */
  readonly bound: Reply;
}

async function joinAs(number: number, { world, first }: Pick<TwoLegs, 'world' | 'first'>, isMute = false) {
  const leg = first.as(world.connect({ profile: aditProfile, isMute }));
  return { leg, reply: await leg.auth('ours', { Extra: { LegNumber: number } }) };
}

async function startTwoLegs(change: Parameters<TestAgent['bind']>[0] = {}): Promise<TwoLegs> {
  const world = startWorld();
  const first = world.connect({ profile: aditProfile });
  await first.auth();
  const bound = await first.bind(change);
  const { leg: second } = await joinAs(2, { world, first });
  expect((await again(second, bound)).Error).toBe('');
  return { world, first, second, bound };
}

const again = (leg: TestAgent, { Id, Proto, Opts, Extra }: Reply) =>
  leg.bind({ Id, Opts, Extra, Proto: String(Proto) });

const accountId = principals.ours.accountId;
const visitor = { clientIp: '203.0.113.7', clientPort: 1, serverIp: '192.0.2.1', serverPort: 443 };

function open(link: Link | undefined, bindId: string) {
  return link?.open({ bindId, visitor, protocol: 'https' } as Parameters<Link['open']>[0]);
}

describe('a further leg of a session', () => {
  test('is let in by the cookie of the session, beside its first', async () => {
    const { world, first, second, bound } = await startTwoLegs();
    expect(second.clientId).toBe(first.clientId);
    expect(world.sessions.size).toBe(1);
    expect(world.sessions.list(accountId)).toHaveLength(1);
    expect(world.directory.list(accountId).map(({ id }) => id)).toEqual([bound.Id]);
    expect(world.directory.countOnline()).toBe(1);
    expect([first, second].map(({ mux }) => mux.isClosed)).toEqual([false, false]);
  });

  test.each<[what: string, change: object, code: string]>([
    ['a forged cookie', { Extra: { LegNumber: 2, Cookie: 'A'.repeat(43) } }, 'ERR_NGROK_110'],
    ['a number beyond the limit', { Extra: { LegNumber: 17 } }, 'ERR_NGROK_108'],
  ])('with %s is refused, and the session lives', async (_what, change, code) => {
    const { world, first } = await startTwoLegs();
    expect(codeOf(await first.as(world.connect()).auth('ours', change))).toBe(code);
    expect(first.mux.isClosed).toBe(false);
  });

  test('of another credential is refused', async () => {
    const { world, first } = await startTwoLegs();
    const leg = first.as(world.connect());
    expect(codeOf(await leg.auth('ours2', { Extra: { LegNumber: 2 } }))).toBe('ERR_NGROK_110');
  });

  test('without a cookie is a session of its own, and may not serve the endpoints of the other', async () => {
    const { world, first, bound } = await startTwoLegs();
    const other = world.connect();
    other.clientId = first.clientId;
    await other.auth('ours', { Extra: { LegNumber: 2 } });
    expect(other.clientId).not.toBe(first.clientId);
    expect(codeOf(await other.rebind(bound))).toBe('ERR_NGROK_334');
  });

  test('serves visitors of the endpoint, as the first does', async () => {
    const { world, first, second, bound } = await startTwoLegs();
    for (let visits = 0; visits < 64; visits++) open(world.route()?.link, bound.Id);
    await settle();
    for (const { streams } of [first, second]) expect(streams.length).toBeGreaterThan(5);
    const [stream] = second.streams;
    expect(stream && (await readProxyHeader(stream)).Id).toBe(bound.Id);
  });

  test.each(['first', 'second'] as const)('is enough when the %s is lost', async (lost) => {
    const legs = await startTwoLegs();
    legs[lost].transport.destroy();
    await settle();
    const left = legs[lost === 'first' ? 'second' : 'first'];
    open(legs.world.route()?.link, legs.bound.Id);
    await settle();
    expect(left.streams).toHaveLength(1);
    expect(legs.world.sessions.size).toBe(1);
  });

  test('may take the endpoint offline for itself alone', async () => {
    const { world, second, bound } = await startTwoLegs();
    await second.unbind(bound.Id);
    expect(world.route()).toBeDefined();
    expect((await second.rebind(bound)).Error).toBe('');
    expect(codeOf(await second.rebind(bound))).toBe('ERR_NGROK_334');
  });

  test('changes the endpoint for all of them', async () => {
    const { world, first, second, bound } = await startTwoLegs();
    await second.call(streamTypes.patchTunnelState, { TunnelId: bound.Id, Name: 'new' });
    second.transport.destroy();
    await settle();
    expect(world.route()?.endpoint.name).toBe('new');
    await first.call(streamTypes.patchTunnelState, { TunnelId: bound.Id, Name: 'newer' });
    expect(world.route()?.endpoint.name).toBe('newer');
  });

  test('keeps the port of a tcp endpoint open until the last of them leaves', async () => {
    const { world, first, second, bound } = await startTwoLegs({ Proto: 'tcp', Opts: { Addr: 'localhost:20001' } });
    expect(codeOf(await again(second, bound))).toBe('ERR_NGROK_334'); // Serves it already.
    expect(world.openPorts.get(20_001)).toBe(2);
    first.transport.destroy();
    await settle();
    expect(world.openPorts.get(20_001)).toBe(1);
  });

  test('with a number that is taken ends the older one; without a number all of them', async () => {
    const { world, first, second, bound } = await startTwoLegs();
    const { leg: newer } = await joinAs(2, { world, first });
    await second.closed;
    expect(first.mux.isClosed).toBe(false);
    expect((await newer.rebind(bound)).Error).toBe('');
    const { leg: anew } = await joinAs(0, { world, first });
    await Promise.all([first.closed, newer.closed]);
    expect(world.sessions.size).toBe(1);
    expect((await anew.rebind(bound)).Error).toBe('');
  });

  test('counts as number 1 when it was the first', async () => {
    const { world, first } = await startTwoLegs();
    await joinAs(1, { world, first });
    await first.closed;
    expect(world.sessions.size).toBe(1);
  });
});

describe('a session of several legs', () => {
  test('is stopped, and its endpoint, as a whole', async () => {
    const { world, first, second, bound } = await startTwoLegs();
    expect(world.sessions.stopEndpoint({ accountId, endpointId: bound.Id as `ep_${string}` }, new AditError(320))).toBe(
      true,
    );
    expect(world.route()).toBeUndefined();
    expect(codeOf(await second.rebind(bound))).toBe('ERR_NGROK_333');
    expect(world.sessions.closeByCredential(principals.ours.credentialId)).toBe(2);
    await Promise.all([first.closed, second.closed]);
    expect(world.sessions.size).toBe(0);
  });

  test('loses a stopped endpoint also at the leg that is just binding it', async () => {
    const { world, first, bound } = await startTwoLegs();
    const { leg: third } = await joinAs(3, { world, first });
    const compiling = Promise.withResolvers<void>();
    world.hooks.compileChain = () => compiling.promise;
    const late = third.rebind(bound);
    await settle();
    world.sessions.stopEndpoint({ accountId, endpointId: bound.Id as `ep_${string}` }, new AditError(320));
    compiling.resolve();
    expect(codeOf(await late)).toBe('ERR_NGROK_333');
    expect(world.route()).toBeUndefined();
    expect(world.chains.every(({ isClosed }) => isClosed)).toBe(true);
  });

  test('is alive as long as one of them is; a leg that does not answer is ended', async () => {
    const { world, first, bound } = await startTwoLegs();
    const { leg: mute } = await joinAs(3, { world, first }, true);
    await mute.rebind(bound);
    const contender = world.connect();
    await contender.auth('ours2');
    const refused = contender.bind();
    await settle();
    world.clock.advance(2_000);
    expect(codeOf(await refused)).toBe('ERR_NGROK_334');
    await mute.closed;
    expect(first.mux.isClosed).toBe(false);
  });
});
