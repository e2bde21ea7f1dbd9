import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { handClock } from '../hand-clock.testkit.ts';
import { type ConnectOptions, connect } from '../session/connect.ts';
import { TestServer } from '../test-server.testkit.ts';
import { dialByProxy } from './proxy-dial.ts';
import { startHttpProxy, startScriptedProxy, startSocksProxy, type TestProxy } from './proxy-server.testkit.ts';
import { parseProxyUrl } from './proxy-url.ts';
import { parseServerAddress } from './server-address.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function closing<T extends { close(): unknown }>(thing: T): T {
  cleanUps.push(() => thing.close());
  return thing;
}

async function open(server: TestServer, changes: Partial<ConnectOptions>) {
  const serverAddr = `connect.localhost:${server.port}`;
  return closing(await connect({ serverAddr, authtoken: 'adit_at_x', caPem: server.caPem, ...changes }));
}

test.each(['http', 'socks5'] as const)('connect() goes through an %s proxy, which gets the name', async (kind) => {
  const server = closing(await TestServer.start());
  const proxy = closing(await (kind === 'http' ? startHttpProxy() : startSocksProxy()));
  await open(server, { proxyUrl: `${kind}://127.0.0.1:${proxy.port}` });
  const target = `connect.localhost:${server.port}`;
  expect(proxy.asked).toEqual([kind === 'http' ? `CONNECT ${target}` : `name ${target}`]);
  expect(server.sockets[0]?.alpnProtocol).toBe('adit/1');
  expect(server.auths[0]).toMatchObject({ Extra: { ProxyType: kind } });
});

test.each([
  ['http', 'right', undefined],
  ['http', 'wrong', 9322],
  ['socks5', 'right', undefined],
  ['socks5', 'wrong', 9322],
] as const)('connect() logs in at an %s proxy with the %s password', async (kind, password, code) => {
  const server = closing(await TestServer.start());
  const login = { login: 'me:right' };
  const proxy = closing(await (kind === 'http' ? startHttpProxy(login) : startSocksProxy(login)));
  const session = open(server, { proxyUrl: `${kind}://me:${password}@127.0.0.1:${proxy.port}` });
  if (code === undefined) await session;
  else {
    const error: unknown = await session.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('wrong');
  }
  expect(proxy.logins).toEqual([`me:${password}`]);
});

test.each(['http', 'socks5'] as const)('connect() without credentials to an %s proxy that wants some', async (kind) => {
  const login = { login: 'me:right' };
  const proxy = closing(await (kind === 'http' ? startHttpProxy(login) : startSocksProxy(login)));
  const server = closing(await TestServer.start());
  const proxyUrl = `${kind}://127.0.0.1:${proxy.port}`;
  await expect(open(server, { proxyUrl })).rejects.toMatchObject({ code: 9322 });
});

test('a session shows no credentials of its proxy', async () => {
  const server = closing(await TestServer.start());
  const proxy = closing(await startHttpProxy());
  const session = await open(server, { proxyUrl: `http://me:s3cret@127.0.0.1:${proxy.port}` });
  expect(inspect(session, { depth: 12, showHidden: true })).not.toContain('s3cret');
});

const established = 'HTTP/1.1 200 OK\r\n\r\n';
const [isHttp, isSocks] = ['http', 'socks5'] as const;
const bytes = (...values: number[]) => Buffer.from(values);
const zeros = (length: number) => Array.from({ length }, () => 0);

test.each([
  [isHttp, 'a refusal', ['HTTP/1.1 403 Forbidden\r\n\r\n'], 9321],
  [isHttp, 'a refusal with content', ['HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno'], 9321],
  [isHttp, 'a redirect', ['HTTP/1.1 302 Found\r\nLocation: http://x\r\n\r\n'], 9321],
  [isHttp, 'another protocol', ['SSH-2.0-x\r\n\r\n'], 9323],
  [isHttp, 'another version', ['HTTP/2.0 200 OK\r\n\r\n'], 9323],
  [isHttp, 'no answer yet', ['HTTP/1.1 100 Continue\r\n\r\n'], 9323],
  [isHttp, 'bare line feeds', ['HTTP/1.1 200 OK\n\n\r\n\r\n'], 9323],
  [isHttp, 'a broken header', ['HTTP/1.1 200 OK\r\nno header\r\n\r\n'], 9323],
  [isHttp, 'bytes behind its answer', [`${established}x`], 9323],
  [isHttp, 'an endless answer', [`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}`], 9323],
  [isSocks, 'another version', [bytes(4, 0)], 9323],
  [isSocks, 'a method that was not offered', [bytes(5, 2)], 9323],
  [isSocks, 'no method', [bytes(5, 0xff)], 9322],
  [isSocks, 'rules against it', [bytes(5, 0), bytes(5, 2, 0, 1, 0, 0, 0, 0, 0, 0)], 9321],
  [isSocks, 'an unknown refusal', [bytes(5, 0), bytes(5, 99, 0, 1, 0, 0, 0, 0, 0, 0)], 9321],
  [isSocks, 'a set reserved byte', [bytes(5, 0), bytes(5, 0, 1, 1, 0, 0, 0, 0, 0, 0)], 9323],
  [isSocks, 'an unknown kind of address', [bytes(5, 0), bytes(5, 0, 0, 2, 0, 0, 0, 0, 0, 0)], 9323],
  [isSocks, 'bytes behind its answer', [bytes(5, 0), bytes(5, 0, 0, 1, 0, 0, 0, 0, 0, 0, 9)], 9323],
  [isSocks, 'HTTP', ['HTTP/1.1 400 Bad Request\r\n\r\n'], 9323],
])('a proxy that should speak %s and sends %s is told from others', async (kind, _what, steps, code) => {
  const proxy = closing(await startScriptedProxy(steps));
  const tunnel = dialThrough(kind, proxy);
  await expect(tunnel).rejects.toMatchObject({
    code,
    message: expect.stringContaining(`${kind}://127.0.0.1:${proxy.port}`),
  });
});

test.each([
  [isHttp, ['HTTP/1.1 200 O']],
  [isSocks, [bytes(5)]],
  [isSocks, [bytes(5, 0), bytes(5, 0, 0, 1, 0)]],
] as const)('an %s proxy that closes within its answer is told', async (kind, steps) => {
  const proxy = closing(await startScriptedProxy(steps, { ends: true }));
  const message = expect.stringContaining('it closed the connection');
  await expect(dialThrough(kind, proxy)).rejects.toMatchObject({ code: 9323, message });
});

test.each([
  [isSocks, [bytes(5, 0), bytes(5, 0, 0, 3, 3, 97, 98, 99, 0, 80)]],
  [isSocks, [bytes(5, 0), bytes(5, 0, 0, 4, ...zeros(18))]],
  [isHttp, ['HTTP/1.0 299 \r\nVia: x\r\n\r\n']],
] as const)('an %s proxy may word its consent as it likes', async (kind, steps) => {
  const proxy = closing(await startScriptedProxy(steps));
  (await dialThrough(kind, proxy)).destroy();
});

test.each([
  [isHttp, [established]],
  [isSocks, [bytes(5, 0), bytes(5, 0, 0, 1, 0, 0, 0, 0, 0, 0)]],
] as const)('an answer of an %s proxy may come byte by byte', async (kind, steps) => {
  const proxy = closing(await startScriptedProxy(steps, { isSlow: true }));
  (await dialThrough(kind, proxy)).destroy();
});

test('a proxy that is not there is told', async () => {
  const proxy = await startScriptedProxy([]);
  proxy.close();
  const message = `Cannot connect through the proxy "http://127.0.0.1:${proxy.port}": the connection was refused`;
  await expect(dialThrough(isHttp, proxy)).rejects.toMatchObject({ code: 9320, message });
});

test('a proxy that says nothing is given up with the attempt', async () => {
  const clock = handClock();
  const server = closing(await TestServer.start());
  const silent = createServer((socket) => void socket.on('error', () => {}));
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  closing(silent);
  const dialled = once(silent, 'connection');
  const proxyUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const attempt = open(server, { proxyUrl, clock, connectTimeoutMs: 3_000 });
  const [socket] = await dialled;
  const closed = once(socket.resume(), 'close');
  clock.advance(3_000);
  await expect(attempt).rejects.toMatchObject({
    code: 9301,
    message: expect.stringContaining(`"${proxyUrl}": no answer within 3 s`),
  });
  await closed;
});

test.each([
  ['2001:db8::192.0.2.1', [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1]],
  ['::1', [...zeros(15), 1]],
  ['fe80::', [0xfe, 0x80, ...zeros(14)]],
])('a SOCKS5 proxy gets the address %s in its sixteen bytes', async (address, expected) => {
  const proxy = closing(await startSocksProxy());
  const tunnel = dialByProxy(
    parseProxyUrl(`socks5://127.0.0.1:${proxy.port}`),
    parseServerAddress(`[${address}]:1`),
    AbortSignal.timeout(5_000),
  );
  await tunnel.catch(() => {});
  expect(proxy.asked).toEqual([`address ${expected.join('.')}:1`]);
});

function dialThrough(kind: 'http' | 'socks5', { port }: Pick<TestProxy, 'port'>) {
  const proxy = parseProxyUrl(`${kind}://127.0.0.1:${port}`);
  return dialByProxy(proxy, parseServerAddress('server.example'), new AbortController().signal);
}
