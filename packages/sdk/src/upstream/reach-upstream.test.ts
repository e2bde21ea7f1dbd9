import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { handClock } from '../hand-clock.testkit.ts';
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

/** Runs in a process of its own, which may open few files and has opened all of them. */
const program = `
  import { openSync } from 'node:fs';
  import { systemClock } from ${JSON.stringify(import.meta.resolve('../clock.ts'))};
  import { parseUpstream } from ${JSON.stringify(import.meta.resolve('./upstream.ts'))};
  import { openUpstream } from ${JSON.stringify(import.meta.resolve('./open-upstream.ts'))};
  const upstream = parseUpstream(process.argv.at(-1));
  try { for (;;) openSync('/dev/null'); } catch {}
  const { code, message } = await openUpstream(upstream, { head: null, clock: systemClock, timeoutMs: 5000 }).catch((error) => error);
  process.stdout.write(JSON.stringify({ code, message }));
`;

test('an agent that may open no more files says so, and does not blame the service', async () => {
  const port = await serve((socket) => socket.resume());
  const shell = 'ulimit -n 64; exec "$@"';
  const node = [process.execPath, '--input-type=module', '--eval', program, `tcp://127.0.0.1:${port}`];
  const { stdout } = await promisify(execFile)('sh', ['-c', shell, 'sh', ...node]);
  expect(JSON.parse(stdout)).toEqual({ code: 9308, message: expect.stringContaining('no more files') });
});
