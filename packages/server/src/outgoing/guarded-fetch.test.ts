import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { GuardOptions } from './guard.ts';
import { guardedFetch } from './guarded-fetch.ts';

const nobody = { has: () => false };
const loopback = { has: (ip: string) => ip === '127.0.0.1' };

/** Answers with a resolver that knows one name. */
function resolving(...addresses: string[]): NonNullable<GuardOptions['resolve']> {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return ((_host: string, _options: object, done: (error: null, found: object[]) => void) =>
    done(null, found)) as never;
}

async function serve(listener: http.RequestListener): Promise<string> {
  const server = http.createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.each([
  'http://127.0.0.1/',
  'http://[::1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://169.254.169.254/latest/meta-data/',
  'https://10.0.0.1/',
])('guardedFetch() does not call %s', async (url) => {
  await expect(guardedFetch({ allowed: nobody })(url)).rejects.toMatchObject({ code: 9620 });
});

test.each([['127.0.0.1'], ['::1'], ['fd00::1'], ['1.1.1.1', '10.0.0.1']])(
  'guardedFetch() does not call a name that stands for %s',
  async (...addresses) => {
    const call = guardedFetch({ allowed: nobody, resolve: resolving(...addresses) });
    await expect(call('http://inside.example/')).rejects.toMatchObject({ code: 9620 });
  },
);

test('guardedFetch() connects to the address that was judged, and sends what it was given', async () => {
  const seen: unknown[] = [];
  const url = await serve((request, response) => {
    seen.push(request.method, request.headers.host, request.headers['x-a']);
    request.on('data', (piece: Buffer) => seen.push(piece.toString())).on('end', () => response.end('hello'));
  });
  const { port } = new URL(url);
  const call = guardedFetch({ allowed: loopback, resolve: resolving('127.0.0.1') });
  const answer = await call(`http://inside.example:${port}/x`, {
    method: 'POST',
    body: 'content',
    headers: { 'x-a': '1' },
  });
  expect([answer.status, await answer.text(), answer.resolvedIp]).toEqual([200, 'hello', '127.0.0.1']);
  expect(seen).toEqual(['POST', `inside.example:${port}`, '1', 'content']);
});

test('guardedFetch() follows no redirect', async () => {
  const url = await serve((_, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end());
  const answer = await guardedFetch({ allowed: loopback })(url);
  expect(answer.status).toBe(302);
});

test('guardedFetch() reads no more than it may', async () => {
  const url = await serve((_, response) => response.end(Buffer.alloc(1024 * 1024 + 1)));
  await expect(guardedFetch({ allowed: loopback })(url)).rejects.toMatchObject({ code: 3601 });
});

test('guardedFetch() takes no status that is none', async () => {
  const url = await serve((_, response) => response.writeHead(999).end());
  await expect(guardedFetch({ allowed: loopback })(url)).rejects.toMatchObject({ code: 9621 });
});

test('guardedFetch() tells when nobody answers, or it took too long', async () => {
  const call = guardedFetch({ allowed: loopback });
  await expect(call('http://127.0.0.1:1/')).rejects.toMatchObject({ code: 9621 });
  const url = await serve(() => {});
  await expect(call(url, { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({ code: 9621 });
});

test('guardedFetch() takes no answer that switches to another protocol', async () => {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  server.on('request', (request) => {
    request.socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
  });
  const { port } = server.address() as AddressInfo;
  const call = guardedFetch({ allowed: loopback })(`http://127.0.0.1:${port}/`);
  await expect(call).rejects.toMatchObject({ code: 9621 });
});
