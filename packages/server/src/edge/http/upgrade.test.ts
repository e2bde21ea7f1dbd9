import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { exchangeBytes, fakeLink, fakeRoute, stable, startFront, type Upstream } from './http-front.testkit.ts';

const host = 'app.example.test';

async function startWith(upstream: Upstream) {
  const front = await startFront();
  const link = fakeLink(upstream);
  const route = front.publish(fakeRoute(host, { link }));
  return { front, link, route };
}

function upgradeHead(more = '', protocol = 'websocket'): string {
  return `GET /ws HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n${more}\r\n`;
}

async function echoServer(): Promise<http.Server> {
  const server = http.createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) =>
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
  );
  return server;
}

test('WebSocket frames pass both ways, large ones too, and the close is passed on', async () => {
  const { front } = await startWith(await echoServer());
  const socket = new WebSocket(`ws://127.0.0.1:${front.port}/ws`, { headers: { host } });
  await once(socket, 'open');
  expect(front.counted.active).toBe(1);
  for (const message of ['hello', 'x'.repeat(3_000_000)]) {
    socket.send(message);
    expect(String((await once(socket, 'message'))[0])).toBe(message);
  }
  socket.close(4001, 'bye');
  expect((await once(socket, 'close'))[0]).toBe(4001);
  await expect.poll(() => front.grants.size).toBe(0);
  expect(front.counted).toMatchObject({ statuses: [101], active: 0 });
});

test('cutting the grant closes the WebSocket and the upstream stream', async () => {
  const { front, link, route } = await startWith(await echoServer());
  const socket = new WebSocket(`ws://127.0.0.1:${front.port}/ws`, { headers: { host } });
  await once(socket, 'open');
  socket.on('error', () => {});
  front.grants.cutByEndpoint(route.endpoint.accountId, route.endpoint.id);
  await once(socket, 'close');
  await expect.poll(() => link.streams[0]?.destroyed).toBe(true);
  expect(front.counted.active).toBe(0);
});

test('drain() ends an upgraded stream at once: it has no end to wait for', async () => {
  const { front } = await startWith(await echoServer());
  const socket = new WebSocket(`ws://127.0.0.1:${front.port}/ws`, { headers: { host } });
  await once(socket, 'open');
  socket.on('error', () => {});
  await Promise.all([once(socket, 'close'), front.front.drain()]);
  expect(front.grants.size).toBe(0);
});

test.each(['http/1.1', 'h2'] as const)(
  'an upgrade over %s that is agreed to after drain() began is ended as well',
  async (alpn) => {
    const front = await startFront({ visitor: { alpn } });
    const server = await echoServer();
    const held: Duplex[] = [];
    const link = fakeLink({ raw: (stream) => void held.push(stream) });
    front.publish(fakeRoute(host, { link }));
    const isCut = alpn === 'h2' ? askOverH2(front.port) : askOverH1(front.port);
    await expect.poll(() => held.length).toBe(1);
    const drained = front.front.drain();
    for (const stream of held) server.emit('connection', stream);
    await Promise.all([drained, isCut]);
    expect(front.grants.size).toBe(0);
    await expect.poll(() => link.streams[0]?.destroyed).toBe(true);
  },
);

async function askOverH1(port: number): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: { host } });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.on('close', resolve));
}

async function askOverH2(port: number): Promise<void> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on('error', () => {});
  await once(session, 'remoteSettings');
  const fields = { ':method': 'CONNECT', ':protocol': 'websocket', ':authority': host, ':path': '/ws' };
  const stream = session.request({ ...fields, 'sec-websocket-version': '13' });
  stream.on('error', () => {});
  await new Promise((resolve) => session.on('close', resolve));
}

test('an upstream that is lost closes the WebSocket', async () => {
  const { front, link } = await startWith(await echoServer());
  const socket = new WebSocket(`ws://127.0.0.1:${front.port}/ws`, { headers: { host } });
  await once(socket, 'open');
  socket.on('error', () => {});
  link.streams[0]?.destroy();
  await once(socket, 'close');
});

test('T10 a refused upgrade is an ordinary answer, and there is no raw pipe behind it', async () => {
  const seen: string[] = [];
  const { front } = await startWith({
    raw(stream: Duplex) {
      stream.on('data', (bytes: Buffer) => {
        seen.push(bytes.toString());
        stream.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
      });
    },
  });
  const text = await exchangeBytes(front.port, `${upgradeHead()}\x81\x85smuggled\r\n\r\n`);
  expect(text).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n[^]*\r\n\r\nnoHTTP\/1\.1 400 /);
  expect(seen.join('')).not.toContain('smuggled');
  expect(front.counted).toMatchObject({ statuses: [403, 400], active: 0 });
});

test('a request behind a refused upgrade is decided on like any other', async () => {
  const { front, route } = await startWith((_, answer) => answer.writeHead(403).end('no'));
  const next = `GET / HTTP/1.1\r\nHost: other.example.test\r\nConnection: close\r\n\r\n`;
  const text = await exchangeBytes(front.port, upgradeHead() + next);
  expect(text).toMatch(/^HTTP\/1\.1 403 [^]*adit-error-code: ERR_ADIT_3200\r\n/);
  expect(front.grants.admitted).toBe(1);
  expect(route.endpoint.host).toBe(host);
});

test('a refused upgrade with a large answer is passed whole', async () => {
  const { front } = await startWith((_, answer) => {
    answer.write('x'.repeat(3_000_000));
    answer.end();
  });
  const text = await exchangeBytes(front.port, upgradeHead('Connection: close\r\n'));
  expect(text.length).toBeGreaterThan(3_000_000);
  expect(text.slice(-7)).toBe('\r\n0\r\n\r\n');
});

test('an upgrade to an endpoint that is offline gets the error answer', async () => {
  const front = await startFront();
  const text = await exchangeBytes(front.port, upgradeHead('Connection: close\r\n'));
  expect(text).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
  expect(text).toContain('adit-error-code: ERR_ADIT_3200\r\n');
});

test('bytes behind the head arrive behind the switch, in both directions', async () => {
  const seen: string[] = [];
  const { front } = await startWith({
    raw(stream: Duplex) {
      stream.once('data', () => {
        stream.on('data', (bytes: Buffer) => seen.push(bytes.toString()));
        stream.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: Custom/1\r\nadit-x: y\r\n\r\nfirst',
        );
      });
    },
  });
  const socket = net.connect(front.port, '127.0.0.1');
  socket.write(`${upgradeHead('', 'custom/1')}early`);
  let text = '';
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  await expect.poll(() => text).toMatch(/first$/);
  expect(text).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: custom\/1\r\n\r\n/);
  await expect.poll(() => seen.join('')).toBe('early');
  socket.destroy();
});

test('each direction of an upgraded stream ends by itself', async () => {
  let upstream: Duplex | undefined;
  const { front, link } = await startWith({
    raw(stream: Duplex) {
      upstream = stream;
      stream.once('data', () => stream.write('HTTP/1.1 101 OK\r\nConnection: Upgrade\r\nUpgrade: custom\r\n\r\n'));
    },
  });
  const socket = net.connect({ port: front.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.write(upgradeHead('', 'custom'));
  await once(socket, 'data');
  socket.end('last words');
  let heard = '';
  upstream?.on('data', (bytes: Buffer) => {
    heard += bytes.toString();
  });
  await once(upstream as Duplex, 'end');
  expect(heard).toBe('last words');
  upstream?.end('answer to that');
  expect(String((await once(socket, 'data'))[0])).toBe('answer to that');
  await once(socket, 'close');
  await expect.poll(() => link.streams[0]?.destroyed).toBe(true);
});

test('an upgraded stream is held back by a slow reader', async () => {
  let upstream: Duplex | undefined;
  let produced = 0;
  const { front } = await startWith({
    raw(stream: Duplex) {
      upstream = stream;
      stream.once('data', () => stream.write('HTTP/1.1 101 OK\r\nConnection: Upgrade\r\nUpgrade: custom\r\n\r\n'));
    },
  });
  const socket = net.connect({ port: front.port, host: '127.0.0.1' });
  socket.write(upgradeHead('', 'custom'));
  await once(socket, 'data');
  socket.pause();
  const push = (): void => {
    while (produced < 800) {
      produced++;
      if (!upstream?.write(Buffer.alloc(64 * 1024))) return void upstream?.once('drain', push);
    }
  };
  push();
  await stable(() => produced);
  expect(produced).toBeLessThan(300);
  socket.destroy();
});

test.each([
  ['h2c', 'Upgrade, HTTP2-Settings', 'h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__\r\n'],
  ['h2c among others', 'Upgrade', 'websocket, h2c', ''],
  ['an upgrade with a body', 'Upgrade', 'websocket', 'Content-Length: 3\r\n'],
])('T7 %s is served as an ordinary request, without the upgrade', async (_, connection, protocol, more) => {
  const { front } = await startWith((incoming, answer) => answer.end(JSON.stringify(incoming.rawHeaders)));
  const lines = `Connection: ${connection}, close\r\nUpgrade: ${protocol}\r\n${more}`;
  const text = await exchangeBytes(
    front.port,
    `POST / HTTP/1.1\r\nHost: ${host}\r\n${lines}\r\nabc`.replace(/abc$/, more.includes('3') ? 'abc' : ''),
  );
  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  // A request id is made by chance, and had "h2c" in it one day.
  expect(text.toLowerCase().replace(/req_[0-9a-z]+/, '')).not.toMatch(/h2c|http2-settings|websocket/);
});

test.each([
  ['another protocol than asked for', 'Upgrade: other\r\n'],
  ['no protocol', ''],
])('a switch to %s is 3004', async (_, line) => {
  const { front, link } = await startWith({
    raw: (stream) =>
      void stream.once('data', () => stream.write(`HTTP/1.1 101 OK\r\nConnection: Upgrade\r\n${line}\r\n`)),
  });
  const text = await exchangeBytes(front.port, upgradeHead('Connection: close\r\n'));
  expect(text).toContain('adit-error-code: ERR_ADIT_3004\r\n');
  await expect.poll(() => link.streams[0]?.destroyed).toBe(true);
});

test('an upgrade waits for the answer to the request before it', async () => {
  const { front, link } = await startWith({
    raw(stream: Duplex) {
      stream.on('data', (bytes: Buffer) => {
        const isUpgrade = bytes.toString().includes('Upgrade');
        stream.write(`HTTP/1.1 ${isUpgrade ? '101 OK\r\nUpgrade: custom' : '200 OK\r\nContent-Length: 0'}\r\n\r\n`);
      });
    },
  });
  const bytes = `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n${upgradeHead('', 'custom')}`;
  const text = exchangeBytes(front.port, bytes);
  await expect.poll(() => front.counted.statuses).toEqual([200]);
  await expect.poll(() => front.counted.active).toBe(1);
  await expect.poll(() => link.streams[0]?.listenerCount('data')).toBe(1);
  link.streams[0]?.destroy();
  expect(await text).toMatch(/^HTTP\/1\.1 200 [^]*HTTP\/1\.1 101 /);
});
