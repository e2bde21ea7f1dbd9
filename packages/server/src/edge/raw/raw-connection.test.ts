import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type Duplex, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { AditError } from '@adit/contracts';
import { type Decision, proceed, type TlsDemands } from '@adit/policy-kit';
import { expect, test, vi } from 'vitest';
import type { FakeAnswers } from '../../domain/fake-chain.testkit.ts';
import type { InternalRoute } from '../../domain/route.ts';
import { stable } from '../http/http-front.testkit.ts';
import { startRaw } from './raw-front.testkit.ts';

const until = (check: () => void): Promise<void> => vi.waitFor(check, { interval: 2, timeout: 15_000 });

/** How a connection ended for the visitor: `end`, or the error he got. */
async function ending(socket: Socket): Promise<string> {
  const bytes = await buffer(socket).catch(() => null);
  await until(() => expect(socket.destroyed || socket.readableEnded).toBe(true));
  const error: NodeJS.ErrnoException | null = socket.errored;
  return bytes === null ? (error?.code ?? 'destroyed') : 'end';
}

const denial = { outcome: 'deny', reason: 'restrict-ips/in-deny-list', code: 3205 } as const;

/** The same for one who sends something and ends his side: let in, he would come to an end as well. */
async function endingOf(visitor: Socket): Promise<string> {
  visitor.end('ping');
  return await ending(visitor);
}

/** Upstreams that a test drives by hand. */
function byHand(): { upstream(stream: Duplex): void; opened(): Promise<Duplex> } {
  const first = Promise.withResolvers<Duplex>();
  return { upstream: (stream) => first.resolve(stream), opened: () => first.promise };
}

test('bytes go both ways, and the link is told whose connection it is', async () => {
  const { visit, link } = await startRaw({ endpoint: { proxyProtocol: 2 } });
  const visitor = visit();
  visitor.end('ping');
  expect((await buffer(visitor)).subarray(-4).toString()).toBe('ping');
  expect(link.opened).toEqual([
    {
      bindId: 'bind',
      visitor: expect.objectContaining({ clientIp: '203.0.113.7', serverIp: '192.0.2.1', serverPort: 443 }),
      protocol: 'tcp',
      proxyProtocol: 2,
      isPassthrough: false,
    },
  ]);
});

test('when the visitor has ended his side, the upstream goes on until it ends its own', async () => {
  const { upstream, opened } = byHand();
  const { visit, front, grants, active, accepted } = await startRaw({ upstream });
  const visitor = visit();
  visitor.end('question');
  const far = await opened();
  expect(String(await buffer(far))).toBe('question');
  far.write('an answer ');
  await once(visitor, 'readable');
  expect([grants.size, active()]).toEqual([1, 1]);
  far.end('that takes its time');
  expect(String(await buffer(visitor))).toBe('an answer that takes its time');
  await until(() => expect(accepted[0]?.closed).toBe(true));
  expect([front.connectionCount, grants.size, active()]).toEqual([0, 0, 0]);
});

test('when the upstream has ended its side, the visitor goes on until he ends his own', async () => {
  const { upstream, opened } = byHand();
  const { visit, grants, front } = await startRaw({ upstream });
  const visitor = visit();
  const far = await opened();
  far.end('welcome');
  expect(String(await buffer(visitor))).toBe('welcome');
  expect(grants.size).toBe(1);
  visitor.write('more ');
  visitor.end('and the end');
  expect(String(await buffer(far))).toBe('more and the end');
  await until(() => expect([front.connectionCount, grants.size]).toEqual([0, 0]));
});

test('a decision that takes its time: nothing is opened before, and every byte sent before arrives', async () => {
  const decision = Promise.withResolvers<Decision>();
  const { upstream, opened } = byHand();
  const { visit, link, accepted, clock } = await startRaw({ connect: () => decision.promise, upstream });
  const visitor = visit();
  visitor.end('early bytes');
  await until(() => expect(accepted[0]?.bytesRead).toBe(11));
  expect(link.opened).toEqual([]);
  decision.resolve(proceed);
  expect(String(await buffer(await opened()))).toBe('early bytes');
  expect(clock.pendingTimers).toBe(0);
});

test('[invariant: fail-closed] who is denied reaches nothing', async () => {
  const { visit, link, grants, denied, logged } = await startRaw({
    connect: () => ({ outcome: 'deny', reason: 'restrict-ips/in-deny-list', code: 3205 }),
  });
  expect(await endingOf(visit())).toBe('ECONNRESET');
  expect([link.opened, grants.size, denied]).toEqual([[], 0, ['restrict-ips/in-deny-list']]);
  await until(() => expect(logged).toMatchObject([{ message: 'connection', reason: 'restrict-ips/in-deny-list' }]));
});

test.each<[string, () => Promise<Decision>]>([
  [
    'throws',
    () => {
      throw new Error('broken');
    },
  ],
  ['rejects', () => Promise.reject(new Error('broken'))],
])('[invariant: fail-closed] a chain that %s lets nobody in', async (_, connect) => {
  const { visit, link, grants, logged } = await startRaw({ connect });
  expect(await endingOf(visit())).toBe('ECONNRESET');
  expect([link.opened, grants.size]).toEqual([[], 0]);
  expect(logged).toContainEqual(expect.objectContaining({ message: 'connection failed' }));
});

test('a route that is gone when the decision comes is not used', async () => {
  const decision = Promise.withResolvers<Decision>();
  const { visit, link, withdraw, accepted } = await startRaw({ connect: () => decision.promise });
  const visitor = visit();
  await until(() => expect(accepted).toHaveLength(1));
  withdraw();
  decision.resolve(proceed);
  expect(await ending(visitor)).toBe('ECONNRESET');
  expect(link.opened).toEqual([]);
});

const demands: TlsDemands = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3', certificate: null, clients: null };

test.each<[string, FakeAnswers, boolean]>([
  ['lets him in', {}, true],
  ['refuses him', { connect: () => denial }, false],
  ['asks something else of TLS', { tls: demands }, false],
])('a chain that was replaced while it decided is asked no more; the new one %s', async (_title, answers, isIn) => {
  const decision = Promise.withResolvers<Decision>();
  const { visit, link, replaceChain, accepted } = await startRaw({ connect: () => decision.promise });
  const visitor = visit();
  visitor.end('ping');
  await until(() => expect(accepted).toHaveLength(1));
  replaceChain(answers);
  decision.resolve(proceed);
  expect(await ending(visitor)).toBe(isIn ? 'end' : 'ECONNRESET');
  expect(link.opened).toHaveLength(isIn ? 1 : 0);
});

test('the chain of an internal endpoint that was replaced while another decided is asked anew', async () => {
  const slow = Promise.withResolvers<Decision>();
  const sendsOn = (target: InternalRoute): Decision => ({
    outcome: 'reroute',
    reason: 'forward-internal/forwarded',
    target,
  });
  let inner: InternalRoute | undefined;
  const raw = await startRaw({ connect: () => sendsOn(inner!) });
  // Who sends on again has to wait for the next one.
  inner = raw.publishInternal({ connect: () => slow.promise });
  const visitor = raw.visit();
  visitor.end('ping');
  await until(() => expect(raw.accepted).toHaveLength(1));
  inner = raw.publishInternal({ connect: () => denial });
  slow.resolve(proceed);
  expect(await ending(visitor)).toBe('ECONNRESET');
  expect(raw.link.opened).toEqual([]);
});

test('a visitor who leaves while it is decided about him costs no stream', async () => {
  const decision = Promise.withResolvers<Decision>();
  const { visit, link, front, accepted } = await startRaw({ connect: () => decision.promise });
  const visitor = visit();
  await until(() => expect(accepted).toHaveLength(1));
  visitor.resetAndDestroy();
  await until(() => expect(front.connectionCount).toBe(0));
  decision.resolve(proceed);
  await decision.promise;
  expect(link.opened).toEqual([]);
});

test('a link that takes no stream ends the connection and leaves no grant', async () => {
  const { visit, grants, active, front } = await startRaw({ failing: () => new AditError(3210) });
  expect(await ending(visit())).toBe('ECONNRESET');
  await until(() => expect([grants.size, active(), front.connectionCount]).toEqual([0, 0, 0]));
});

const megabyte = 1_048_576;
const piece = Buffer.alloc(65_536, 'abcdefghijklmnop');
const pieces = 512;
const sent = Buffer.concat(Array<Buffer>(pieces).fill(piece));

test('[invariant: backpressure-end-to-end] an upstream that does not read holds up the visitor, in bounded memory', async () => {
  const { upstream, opened } = byHand();
  const { visit, accepted } = await startRaw({ upstream });
  const visitor = visit();
  visitor.end(sent);
  const far = await opened();
  await stable(() => accepted[0]?.bytesRead ?? 0);
  expect(accepted[0]?.bytesRead).toBeLessThan(megabyte);
  expect((await buffer(far)).equals(sent)).toBe(true);
});

test('[invariant: backpressure-end-to-end] a visitor who does not read holds up the upstream, in bounded memory', async () => {
  const { upstream, opened } = byHand();
  const { visit, accepted, link } = await startRaw({ upstream });
  const visitor = visit();
  const far = await opened();
  Readable.from(Array<Buffer>(pieces).fill(piece)).pipe(far);
  await stable(() => accepted[0]?.bytesWritten ?? 0);
  const held = (accepted[0]?.writableLength ?? 0) + (link.streams[0]?.readableLength ?? 0);
  expect(held).toBeLessThan(megabyte);
  expect(far.writableFinished).toBe(false);
  expect((await buffer(visitor)).equals(sent)).toBe(true);
});

test('[invariant: revoked-means-now] a cut grant ends both sides within the call', async () => {
  const { visit, grants, route, accepted, link } = await startRaw();
  const visitor = visit();
  visitor.write('ping');
  await once(visitor, 'data');
  expect(grants.cutByEndpoint(route.endpoint.accountId, route.endpoint.id)).toBe(1);
  expect([accepted[0]?.destroyed, link.streams[0]?.destroyed, grants.size]).toEqual([true, true, 0]);
  expect(await ending(visitor)).toBe('ECONNRESET');
});

test('a visitor who is gone takes the upstream stream along', async () => {
  const { visit, grants, active, link } = await startRaw();
  const visitor = visit();
  visitor.write('ping');
  await once(visitor, 'data');
  visitor.resetAndDestroy();
  await until(() => expect([link.streams[0]?.destroyed, grants.size, active()]).toEqual([true, 0, 0]));
});

test.each<[string, Error | undefined]>([
  ['a reset of the link', new Error('reset')],
  ['no word', undefined],
])('a stream that breaks off with %s ends the visitor, and alarms no operator', async (_, error) => {
  const { visit, link, logged, grants } = await startRaw();
  const visitor = visit();
  visitor.write('ping');
  await once(visitor, 'data');
  link.streams[0]?.destroy(error);
  expect(await ending(visitor)).toBe('ECONNRESET');
  await until(() => expect(logged).toMatchObject([{ message: 'connection', reason: 'ERR_ADIT_9005' }]));
  expect(grants.size).toBe(0);
});

test('an upstream that breaks off is no orderly end for the visitor', async () => {
  const { upstream, opened } = byHand();
  const { visit, grants, logged } = await startRaw({ upstream });
  const visitor = visit();
  const far = await opened();
  far.write('half of');
  await once(visitor, 'readable');
  far.destroy();
  expect(await ending(visitor)).toBe('ECONNRESET');
  await until(() => expect(logged).toMatchObject([{ message: 'connection', reason: 'ERR_ADIT_9005' }]));
  expect(grants.size).toBe(0);
});

test('drain() ends what is open and takes nothing new', async () => {
  const { visit, front, grants, link } = await startRaw();
  const visitor = visit();
  visitor.write('ping');
  await once(visitor, 'data');
  front.drain();
  expect(await ending(visitor)).toBe('ECONNRESET');
  await until(() => expect([front.connectionCount, grants.size]).toEqual([0, 0]));
  expect(await ending(visit())).not.toBe('destroyed');
  expect(link.opened).toHaveLength(1);
});
