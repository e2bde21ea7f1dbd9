import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import { AditError } from '@adit/contracts';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startRaw, type TestRaw } from './raw-front.testkit.ts';

const tls = { kind: 'passthrough' } as const;
const denied = { outcome: 'deny', reason: 'restrict-ips/in-deny-list', code: 3205 } as const;
const until = (check: () => void): Promise<void> => vi.waitFor(check, { interval: 2, timeout: 15_000 });

function shakeHands({ port }: TestRaw): TLSSocket {
  const client = connect({ host: '127.0.0.1', port, servername: 'app.example.test' });
  onTestFinished(() => void client.destroy());
  return client;
}

async function codeOf(client: TLSSocket): Promise<string> {
  const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
  return error.code ?? '';
}

test('a client of TLS whom a policy refuses is told so in its own words', async () => {
  const raw = await startRaw({ tls, connect: () => denied });
  expect(await codeOf(shakeHands(raw))).toMatch(/TLSV1_ALERT_ACCESS_DENIED$/);
  await until(() => expect(raw.front.connectionCount).toBe(0));
  expect(raw.clock.pendingTimers).toBe(0);
});

test.each<[string, (raw: () => TestRaw) => Parameters<typeof startRaw>[0]]>([
  ['the agent takes no more streams', () => ({ failing: () => new AditError(3210) })],
  [
    'the upstream cannot be reached',
    (raw) => ({ upstream: () => void raw().link.streams[0]?.destroy(new AditError(8012)) }),
  ],
  [
    'the upstream hangs up on the ClientHello',
    () => ({ upstream: (far) => void far.once('data', () => far.destroy()) }),
  ],
])('a client of TLS is told when %s', async (_, options) => {
  const raw: TestRaw = await startRaw({ tls, ...options(() => raw) });
  expect(await codeOf(shakeHands(raw))).toMatch(/TLSV1_ALERT_INTERNAL_ERROR$/);
  await until(() => expect([raw.front.connectionCount, raw.grants.size, raw.active()]).toEqual([0, 0, 0]));
});

test('no alert is put behind bytes of the upstream', async () => {
  const far = Promise.withResolvers<Duplex>();
  const raw = await startRaw({ tls, upstream: (stream) => far.resolve(stream) });
  const visitor = raw.visit();
  const received: Buffer[] = [];
  visitor.on('data', (data: Buffer) => received.push(data)).write('hello');
  (await far.promise).write('not TLS');
  await until(() => expect(received).toHaveLength(1));
  (await far.promise).destroy();
  await until(() => expect(visitor.closed).toBe(true));
  expect(Buffer.concat(received).toString()).toBe('not TLS');
});

test('who does not hang up after the alert is hung up on', async () => {
  const raw = await startRaw({ tls, connect: () => denied });
  const visitor = raw.visit();
  await once(visitor, 'data');
  raw.clock.advance(999);
  expect(raw.front.connectionCount).toBe(1);
  raw.clock.advance(1);
  await until(() => expect(raw.front.connectionCount).toBe(0));
});
