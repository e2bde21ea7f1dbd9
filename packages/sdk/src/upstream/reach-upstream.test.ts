import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { handClock } from '../hand-clock.testkit.ts';
import { runOutOfFiles } from '../out-of-files.testkit.ts';
import { serve } from '../relay/relay-session.testkit.ts';
import { reachUpstream } from './reach-upstream.ts';
import { type NetworkUpstream, parseUpstream } from './upstream.ts';

const head = Buffer.from('PROXY UNKNOWN\r\n');

/** Reaches for a service that takes every connection and says nothing. */
async function reachFor(protocol: 'http' | 'https', given: Buffer | null) {
  const arrived = Promise.withResolvers<Socket>();
  const port = await serve((socket) => arrived.resolve(socket.resume()));
  const clock = handClock();
  const told: unknown[] = [];
  const callOff = reachUpstream({
    upstream: parseUpstream(`${protocol}://localhost:${port}`) as NetworkUpstream,
    ...{ head: given, clock, timeoutMs: 100 },
    onReached: () => told.push('reached'),
    onFailed: (why) => told.push(why),
  });
  return { arrived: arrived.promise, callOff, clock, told };
}

test.each([
  ['with a head', head],
  ['without', null],
])('reachUpstream() leaves no connection to a service that does not answer in TLS, %s', async (_what, given) => {
  const { arrived, callOff, clock, told } = await reachFor('https', given);
  const socket = await arrived;
  clock.advance(100);
  await once(socket, 'end');
  callOff();
  expect(told).toEqual(['timeout']);
});

test.each([
  ['with a head', head],
  ['without', null],
])('reachUpstream() that was called off closes its connection and tells nothing, %s', async (_what, given) => {
  const { arrived, callOff, clock, told } = await reachFor('https', given);
  const socket = await arrived;
  callOff();
  await once(socket, 'end');
  clock.advance(100);
  expect(told).toEqual([]);
});

test('reachUpstream() tells of a plain service once, and calling off is then harmless', async () => {
  const { arrived, callOff, clock, told } = await reachFor('http', head);
  const socket = await arrived;
  await expect.poll(() => told).toEqual(['reached']);
  clock.advance(100);
  callOff();
  expect({ told, isOpen: socket.readable }).toEqual({ told: ['reached'], isOpen: true });
});

test('an agent that may open no more files says so, and does not blame the service', async () => {
  const port = await serve((socket) => socket.resume());
  const modules = { clocks: '../clock.ts', upstreams: './upstream.ts', opening: './open-upstream.ts' };
  const imports = Object.fromEntries(Object.entries(modules).map(([name, path]) => [name, import.meta.resolve(path)]));
  const told = await runOutOfFiles(
    imports,
    `const upstream = upstreams.parseUpstream('tcp://127.0.0.1:${port}');
    const how = { head: null, clock: clocks.systemClock, timeoutMs: 5000 };
    const { code, message } = await opening.openUpstream(upstream, how).catch((error) => error);
    print({ code, message });`,
  );
  expect(told).toEqual({ code: 9308, message: expect.stringContaining('no more files') });
});
