import type { ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { until } from '../http-front.testkit.ts';
import type { UpstreamRequest } from '../upstream.ts';
import { http2Upstream, startPool } from './http2-upstream.testkit.ts';

const upgrade: Partial<UpstreamRequest> = {
  path: '/chat',
  headers: [
    ...['Host', 'a.test', 'Connection', 'Upgrade', 'Upgrade', 'websocket'],
    ...['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version', '13'],
  ],
  upgrade: ['websocket'],
};

/** An upstream that takes extended CONNECT, and a request for one. */
function connectTo(
  answer: (stream: ServerHttp2Stream, lines: string[]) => void,
  request: Partial<UpstreamRequest> = {},
) {
  const upstream = http2Upstream(answer, { enableConnectProtocol: true });
  const { near, pool, send } = startPool(upstream.serve);
  return { near, pool, upstream, ...send({ ...upgrade, ...request }) };
}

async function open(answer: (stream: ServerHttp2Stream) => void) {
  const opened = connectTo((stream) => {
    stream.respond({ ':status': 200 });
    answer(stream);
  });
  await until(() => opened.receiver.upgraded !== null);
  return { ...opened, stream: opened.receiver.upgraded as unknown as Duplex };
}

test('an upgrade is an extended CONNECT for the upstream and a 101 for the visitor (RFC 8441)', async () => {
  let seen: string[] = [];
  const { receiver } = connectTo((stream, lines) => {
    seen = lines;
    stream.respond({ ':status': 200, 'sec-websocket-protocol': 'chat' });
    stream.pipe(stream);
  });
  await until(() => receiver.upgraded !== null);
  expect(receiver.told).toEqual(['upgrade 101']);
  expect(seen).toEqual([
    ...[':method', 'CONNECT', ':protocol', 'websocket', ':scheme', 'http', ':authority', 'a.test', ':path', '/chat'],
    ...['sec-websocket-version', '13'],
  ]);
  const stream = receiver.upgraded as unknown as Duplex;
  stream.end('bytes');
  expect(await text(stream)).toBe('bytes');
});

test('the bytes of an upgraded stream have no say in the pace of the other side: both wait and go on', async () => {
  const bytes = Buffer.alloc(3_000_000, 'x');
  const { stream } = await open((upstream) => void upstream.pipe(upstream));
  stream.end(bytes);
  let turns = 0;
  await until(() => ++turns > 300);
  expect(stream.writableLength).toBeGreaterThan(0);
  expect((await text(stream)).length).toBe(bytes.length);
});

test('each side of an upgraded stream ends by itself', async () => {
  const { stream, upstream } = await open((far) => void far.end('bye'));
  expect(await text(stream)).toBe('bye');
  let heard = '';
  upstream.streams[0]?.on('data', (chunk: Buffer) => {
    heard += chunk.toString();
  });
  stream.end('and bye');
  await until(() => heard === 'and bye');
});

test.each<[string, (far: ServerHttp2Stream) => void]>([
  ['resets it', (far) => far.close(8)],
  ['loses the connection', (far) => far.session?.destroy()],
])('an upgraded stream fails when the upstream %s', async (_, cut) => {
  const { stream, upstream } = await open(() => {});
  let error: unknown;
  stream.on('error', (thrown) => {
    error = thrown;
  });
  stream.resume();
  for (const far of upstream.streams) cut(far);
  await until(() => stream.destroyed && error !== undefined);
  expect(error).toMatchObject({ code: 9005 });
});

test('a visitor who goes away resets an upgraded stream, and no other', async () => {
  const { near, stream, upstream } = await open(() => {});
  stream.destroy();
  await until(() => upstream.streams[0]?.destroyed ?? false);
  expect(upstream.streams[0]?.rstCode).toBe(8);
  expect(near[0]?.destroyed).toBe(false);
});

test('an upgrade that the upstream refuses is an answer', async () => {
  const { receiver, upstream } = connectTo((stream) => {
    stream.respond({ ':status': 403 });
    stream.end('no');
  });
  await until(() => receiver.told.length === 3);
  expect(receiver.told).toEqual(['answer 403', 'body no', 'end']);
  await until(() => upstream.streams[0]?.destroyed ?? false);
});

test.each<[string, boolean, Partial<UpstreamRequest>]>([
  ['an upstream that does not take them', false, {}],
  ['a protocol that is no WebSocket', true, { upgrade: ['h2c'] }],
])('an upgrade fails with 3004 for %s', async (_, enableConnectProtocol, request) => {
  const upstream = http2Upstream((stream) => void stream.respond({ ':status': 200 }), { enableConnectProtocol });
  const { send } = startPool(upstream.serve);
  // The first waits for SETTINGS, the second knows them.
  for (let i = 0; i < 2; i++) {
    const { receiver } = send({ ...upgrade, ...request });
    await until(() => receiver.told.length > 0);
    expect(receiver.told).toEqual(['failure 3004']);
  }
  expect(upstream.streams).toEqual([]);
});

test.each([
  ['is given up', true, []],
  ['loses its connection', false, ['failure 3004']],
])('an upgrade that waits for SETTINGS and %s leaves nothing behind', async (_, isGivenUp, expected) => {
  const { near, pool, send } = startPool((far) => void far.resume());
  const { receiver, exchange } = send(upgrade);
  if (isGivenUp) exchange.abort();
  else near[0]?.destroy();
  pool.retire();
  await until(() => near[0]?.closed ?? false);
  await until(() => receiver.told.length === expected.length);
  expect(receiver.told).toEqual(expected);
});
