import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import {
  exchangeBytes,
  fakeLink,
  fakeRoute,
  readAll,
  renewed,
  request,
  stable,
  startFront,
  type Upstream,
  visitorFacts,
} from './http-front.testkit.ts';
import type { HttpLimits } from './http-limits.ts';
import type { Visitor } from './visitor-connection.ts';

const host = 'app.example.test';

async function startWith(upstream: Upstream, limits: Partial<HttpLimits> = {}, alpn: Visitor['alpn'] = 'http/1.1') {
  const front = await startFront({ limits, visitor: { alpn } });
  const link = fakeLink(upstream);
  const route = front.publish(fakeRoute(host, { link }));
  return { front, link, route };
}

function open(port: number, options: http.RequestOptions = {}): http.ClientRequest {
  return http.request({ host: '127.0.0.1', port, ...options, headers: { host, ...(options.headers as object) } });
}

test('an answer is streamed: its head and first byte come before its end exists', async () => {
  let finish = (): void => {};
  const { front } = await startWith((_, answer) => {
    answer.flushHeaders();
    finish = () => answer.end('last');
  });
  const sent = open(front.port).end();
  const [answer] = (await once(sent, 'response')) as [http.IncomingMessage];
  expect(answer.statusCode).toBe(200);
  finish();
  expect(await readAll(answer)).toBe('last');
});

test('a request is streamed: the upstream sees head and first byte before the end exists', async () => {
  const seen: string[] = [];
  const { front } = await startWith((incoming, answer) => {
    seen.push('head');
    incoming.on('data', (chunk: Buffer) => seen.push(chunk.toString()));
    incoming.on('end', () => answer.end('done'));
  });
  const sent = open(front.port, { method: 'POST' });
  sent.flushHeaders();
  await expect.poll(() => seen).toEqual(['head']);
  sent.write('one');
  await expect.poll(() => seen).toEqual(['head', 'one']);
  sent.end('two');
  const [answer] = (await once(sent, 'response')) as [http.IncomingMessage];
  expect(await readAll(answer)).toBe('done');
  expect(seen.join('')).toBe('headonetwo');
});

test('server-sent events pass one by one', async () => {
  let stream: http.ServerResponse | undefined;
  const { front } = await startWith((_, answer) => {
    stream = answer.writeHead(200, { 'content-type': 'text/event-stream' });
    answer.write('data: 1\n\n');
  });
  const sent = open(front.port).end();
  const [answer] = (await once(sent, 'response')) as [http.IncomingMessage];
  expect(String((await once(answer, 'data'))[0])).toBe('data: 1\n\n');
  stream?.write('data: 2\n\n');
  expect(String((await once(answer, 'data'))[0])).toBe('data: 2\n\n');
  sent.destroy();
});

const chunk = Buffer.alloc(64 * 1024, 'x');
const chunks = 800;

test('[invariant: backpressure-end-to-end] 50 MB down to a visitor who does not read: the upstream is held back, then all of it comes', async () => {
  let produced = 0;
  const { front } = await startWith((_, answer) => {
    const push = (): void => {
      while (produced < chunks) {
        produced++;
        if (!answer.write(chunk)) return void answer.once('drain', push);
      }
      answer.end();
    };
    push();
  });
  const socket = net.connect({ port: front.port, host: '127.0.0.1' }).pause();
  socket.write(`GET / HTTP/1.0\r\nHost: ${host}\r\n\r\n`);
  await stable(() => produced);
  // What the kernel's socket buffers take counts too: a few MB at most.
  expect(produced).toBeLessThan(chunks / 3);
  let received = 0;
  for await (const part of socket as AsyncIterable<Buffer>) received += part.length;
  expect(received).toBeGreaterThan(chunks * chunk.length);
});

test('[invariant: backpressure-end-to-end] 50 MB up to an upstream that does not read: the visitor is held back, then all of it goes', async () => {
  let incoming: http.IncomingMessage | undefined;
  const { front } = await startWith((message, answer) => {
    incoming = message;
    message.once('end', () => answer.end('thanks'));
  });
  const sent = open(front.port, { method: 'PUT' });
  let produced = 0;
  const push = (): void => {
    while (produced < chunks) {
      produced++;
      if (!sent.write(chunk)) return void sent.once('drain', push);
    }
    sent.end();
  };
  push();
  await stable(() => produced);
  expect(produced).toBeLessThan(chunks / 3);
  let received = 0;
  incoming?.on('data', (part: Buffer) => {
    received += part.length;
  });
  const [answer] = (await once(sent, 'response')) as [http.IncomingMessage];
  expect(await readAll(answer)).toBe('thanks');
  expect(received).toBe(chunks * chunk.length);
});

test('HEAD, 204 and 304 have no body, and the connection goes on', async () => {
  const { front } = await startWith((incoming, answer) => {
    if (incoming.url === '/head') answer.setHeader('content-length', '5');
    if (incoming.url === '/204') answer.statusCode = 204;
    if (incoming.url === '/304') answer.statusCode = 304;
    answer.end(incoming.url === '/last' ? 'last' : undefined);
  });
  const one = (method: string, path: string): string => `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n`;
  const text = await exchangeBytes(
    front.port,
    `${one('HEAD', '/head')}\r\n${one('GET', '/204')}\r\n${one('GET', '/304')}\r\n${one('GET', '/last')}Connection: close\r\n\r\n`,
  );
  const answers = text.split(/(?=HTTP\/1\.1 )/);
  expect(answers.map((answer) => answer.slice(9, 12))).toEqual(['200', '204', '304', '200']);
  expect(answers.map((answer) => answer.slice(answer.indexOf('\r\n\r\n') + 4))).toEqual(['', '', '', 'last']);
  expect(answers[0]).toContain('content-length: 5\r\n');
});

test('trailers of an answer pass, those that change its meaning do not', async () => {
  const { front } = await startWith({
    raw(stream) {
      const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Digest\r\n\r\n';
      stream.once('data', () =>
        stream.write(`${head}2\r\nok\r\n0\r\nX-Digest: d\r\nSet-Cookie: a=b\r\nadit-x: y\r\n\r\n`),
      );
    },
  });
  expect((await request(front.port)).trailers).toEqual({ 'x-digest': 'd' });
});

test('100-continue: the body goes up only after the upstream has agreed', async () => {
  const seen: string[] = [];
  const server = http.createServer();
  server.on('checkContinue', (incoming: http.IncomingMessage, answer: http.ServerResponse) => {
    seen.push('asked');
    answer.writeContinue();
    void readAll(incoming).then((body) => answer.end(`got ${body}`));
  });
  const { front } = await startWith(server);
  const sent = open(front.port, { method: 'POST', headers: { expect: '100-continue', 'content-length': '4' } });
  sent.on('continue', () => {
    seen.push('continued');
    sent.end('body');
  });
  const [answer] = (await once(sent, 'response')) as [http.IncomingMessage];
  expect(await readAll(answer)).toBe('got body');
  expect(seen).toEqual(['asked', 'continued']);
});

test('100-continue: a final answer instead passes, and neither connection is used again', async () => {
  const server = http.createServer();
  server.on('checkContinue', (_, answer: http.ServerResponse) =>
    answer.writeHead(413, { 'content-length': '3' }).end('big'),
  );
  const { front, link } = await startWith(server);
  const head = `POST / HTTP/1.1\r\nHost: ${host}\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n`;
  const text = await exchangeBytes(front.port, head);
  expect(text).toMatch(/^HTTP\/1\.1 413 /);
  expect(text).toContain('Connection: close\r\n');
  await expect.poll(() => link.streams[0]?.destroyed).toBe(true);
});

test('an early answer: the upstream stream is not used again, the rest of the body is read within bounds', async () => {
  const { front, link } = await startWith({
    raw(stream) {
      stream.once('data', () => stream.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno'));
    },
  });
  const socket = net.connect({ port: front.port, host: '127.0.0.1' });
  socket.write(`POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 10\r\n\r\nabc`);
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 403 /);
  await expect.poll(() => link.streams[0]?.destroyed).toBe(true);
  socket.write(`defghijPOST /again HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\n\r\n`);
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 403 /);
  expect(link.opened).toHaveLength(2);
  socket.destroy();
});

test('an early answer: past the bound, the connection is cut', async () => {
  const early: Upstream = {
    raw: (stream: Duplex) =>
      void stream.once('data', () => stream.write('HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n')),
  };
  const { front } = await startWith(early, { maxDiscardBytes: 1000 });
  const socket = net.connect({ port: front.port, host: '127.0.0.1' });
  socket.write(`POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 100000\r\n\r\n`);
  await once(socket, 'data');
  socket.write('x'.repeat(5000));
  await once(
    socket.on('error', () => {}),
    'close',
  );
});

test('an early answer: past the time, the connection is cut', async () => {
  const early: Upstream = {
    raw: (stream: Duplex) =>
      void stream.once('data', () => stream.write('HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n')),
  };
  const { front } = await startWith(early, { discardTimeoutMs: 50 });
  const socket = net.connect({ port: front.port, host: '127.0.0.1' });
  socket.write(`POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 100000\r\n\r\n`);
  await once(socket, 'data');
  front.clock.advance(51);
  await once(
    socket.on('error', () => {}),
    'close',
  );
});

test('a visitor who leaves takes the upstream stream along, before and within the answer', async () => {
  const { front, link } = await startWith((incoming, answer) => {
    if (incoming.url === '/within') answer.write('some');
  });
  const before = open(front.port, { path: '/before' }).end();
  before.on('error', () => {});
  await expect.poll(() => link.streams.length).toBe(1);
  (before.socket as net.Socket).resetAndDestroy();
  await expect.poll(() => link.streams[0]?.destroyed).toBe(true);
  const within = open(front.port, { path: '/within' }).end();
  const [answer] = (await once(within, 'response')) as [http.IncomingMessage];
  answer.on('error', () => {});
  within.on('error', () => {});
  (within.socket as net.Socket).resetAndDestroy();
  await expect.poll(() => link.streams[1]?.destroyed).toBe(true);
  await expect.poll(() => front.grants.size).toBe(0);
  await expect.poll(() => front.counted.statuses).toEqual([0, 200]);
  expect(front.counted.active).toBe(0);
});

test('an upstream stream is used again by the same visitor connection, never by another', async () => {
  const { front, link } = await startWith((_, answer) => answer.end('ok'));
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (let i = 0; i < 12; i++) expect((await request(front.port, { agent })).body).toBe('ok');
  expect(link.opened).toHaveLength(1);
  await request(front.port);
  expect(link.opened).toHaveLength(2);
  agent.destroy();
  await expect.poll(() => link.streams.every((stream) => stream.destroyed)).toBe(true);
});

test.each([
  ['each told with his port', ['198.51.100.1:1000', '198.51.100.1:2000', '198.51.100.1:1000'], 2],
  ['told without port', ['198.51.100.1', '198.51.100.1'], 2],
  ['told as nobody', ['unknown', 'unknown'], 2],
  ['not told', ['', ''], 2],
])('over a trusted proxy no visitor gets the upstream stream of another: visitors %s', async (_, told, streams) => {
  const front = await startFront({ deps: { trustedProxies: { has: (ip) => ip === visitorFacts.clientIp } } });
  const link = fakeLink((_, answer) => answer.end('ok'));
  front.publish(fakeRoute(host, { link }));
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (const value of told) {
    const headers = value === '' ? {} : { 'X-Forwarded-For': value };
    expect((await request(front.port, { agent, headers })).body).toBe('ok');
  }
  expect(link.opened).toHaveLength(streams);
  // What nobody else can find is not kept open for him.
  const isKept = told[0]?.includes(':');
  await expect.poll(() => link.streams.every((stream) => stream.destroyed)).toBe(!isKept);
  agent.destroy();
});

test('an upstream stream is not used again for another generation of the endpoint', async () => {
  const { front, link, route } = await startWith((_, answer) => answer.end('ok'));
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  await request(front.port, { agent });
  front.publish(renewed(route));
  await request(front.port, { agent });
  expect(link.opened).toHaveLength(2);
  await expect.poll(() => link.streams[0]?.destroyed).toBe(true);
  agent.destroy();
});

test('a stream that was at work when its endpoint was renewed is closed after its answer', async () => {
  let finish = (): void => {};
  const { front, link, route } = await startWith(
    (incoming, answer) => {
      if (incoming.url === '/slow') finish = () => answer.end('slow');
      else answer.end('quick');
    },
    {},
    'h2',
  );
  const session = http2.connect(`http://127.0.0.1:${front.port}`);
  onTestFinished(() => session.destroy());
  const slow = session.request({ ':authority': host, ':path': '/slow' });
  await expect.poll(() => link.streams.length).toBe(1);
  front.publish(renewed(route));
  expect(await readAll(session.request({ ':authority': host }) as AsyncIterable<Buffer>)).toBe('quick');
  finish();
  expect(await readAll(slow as AsyncIterable<Buffer>)).toBe('slow');
  await expect.poll(() => link.streams.map((stream) => stream.destroyed)).toEqual([true, false]);
});

test.each(['h2', 'http/1.1'] as const)(
  'an upload cut short over %s never looks whole to the upstream',
  async (alpn) => {
    const seen: string[] = [];
    const { front } = await startWith(
      (incoming) => {
        incoming.on('data', (part: Buffer) => seen.push(part.toString()));
        incoming.on('end', () => seen.push('end'));
        incoming.on('error', () => seen.push('error'));
      },
      {},
      alpn,
    );
    if (alpn === 'h2') {
      const session = http2.connect(`http://127.0.0.1:${front.port}`);
      const stream = session.request({ ':authority': host, ':method': 'POST' });
      stream.on('error', () => {});
      stream.write('some');
      await expect.poll(() => seen).toEqual(['some']);
      // `close` would end the data in good order first.
      stream.destroy(new Error('cut'));
      await expect.poll(() => seen).toEqual(['some', 'error']);
      session.destroy();
    } else {
      const sent = open(front.port, { method: 'POST' });
      sent.on('error', () => {});
      sent.write('some');
      await expect.poll(() => seen).toEqual(['some']);
      sent.destroy();
      await expect.poll(() => seen).toEqual(['some', 'error']);
    }
  },
);

test('an HTTP/2 answer that nobody reads is cut when more of them waits here than may', async () => {
  const front = await startFront({ limits: { h2MaxHeldBytesInAll: 100_000 } });
  const link = fakeLink({
    raw(stream) {
      const session = http2.performServerHandshake(stream);
      session.on('error', () => {});
      session.on('stream', (answering) => {
        answering.on('error', () => {});
        answering.respond({ ':status': 200 });
        answering.end(Buffer.alloc(30_000_000));
      });
    },
  });
  front.publish(fakeRoute(host, { link, upstreamProtocol: 'http2' }));
  const visitor = net.connect(front.port, '127.0.0.1');
  onTestFinished(() => void visitor.destroy());
  visitor.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  await expect.poll(() => front.counted).toMatchObject({ statuses: [200], active: 0 });
});

test('an upstream stream that was idle too long is not used again', async () => {
  const { front, link } = await startWith((_, answer) => answer.end('ok'), { idleUpstreamMs: 100 });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  await request(front.port, { agent });
  front.clock.advance(101);
  await request(front.port, { agent });
  expect(link.opened).toHaveLength(2);
  agent.destroy();
});

test('an upstream that says it closes, and does not, loses its stream', async () => {
  const answer = 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok';
  const { front, link } = await startWith({ raw: (stream) => void stream.on('data', () => stream.write(answer)) });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  expect((await request(front.port, { agent })).body).toBe('ok');
  await expect.poll(() => link.streams[0]?.destroyed).toBe(true);
  expect(front.front.connectionCount).toBe(1);
  agent.destroy();
});

test('an upstream that closes its idle stream is not asked over it', async () => {
  const { front, link } = await startWith((_, answer) => answer.end('ok'));
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  await request(front.port, { agent });
  link.streams[0]?.push(null);
  await expect.poll(() => link.streams[0]?.destroyed).toBe(true);
  expect((await request(front.port, { agent })).body).toBe('ok');
  expect(link.opened).toHaveLength(2);
  agent.destroy();
});

/** Answers the first request of each stream, then closes at the second: the race between reuse and an upstream's close. */
function closingOnReuse(): Upstream & { requests: string[] } {
  const requests: string[] = [];
  return {
    requests,
    raw(stream) {
      let count = 0;
      stream.on('data', (bytes: Buffer) => {
        requests.push(bytes.toString().split(' ', 1)[0] ?? '');
        if (++count === 1) stream.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        else stream.end();
      });
    },
  };
}

test('a GET that meets a closing upstream stream is sent once more, on a fresh one', async () => {
  const upstream = closingOnReuse();
  const { front, link } = await startWith(upstream);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  await request(front.port, { agent });
  expect((await request(front.port, { agent })).body).toBe('ok');
  expect(link.opened).toHaveLength(2);
  expect(upstream.requests).toEqual(['GET', 'GET', 'GET']);
  agent.destroy();
});

test.each<[string, { method: string; body?: string; headers?: http.OutgoingHttpHeaders }]>([
  ['POST', { method: 'POST' }],
  ['PUT with a body', { method: 'PUT', body: 'x', headers: { 'content-length': '1' } }],
])('a %s that meets a closing upstream stream is never sent twice', async (_, options) => {
  const upstream = closingOnReuse();
  const { front, link } = await startWith(upstream);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  await request(front.port, { agent });
  const answer = await request(front.port, { ...options, agent });
  expect(answer.status).toBe(502);
  expect(link.opened).toHaveLength(1);
  agent.destroy();
});

test('a fresh stream that closes without an answer is not tried again', async () => {
  const { front, link } = await startWith({ raw: (stream: Duplex) => void stream.once('data', () => stream.end()) });
  expect((await request(front.port)).status).toBe(502);
  expect(link.opened).toHaveLength(1);
});

test('pipelined requests are answered one after another, in order', async () => {
  const order: string[] = [];
  const { front } = await startWith((incoming, answer) => {
    order.push(`> ${incoming.url}`);
    setImmediate(() => {
      order.push(`< ${incoming.url}`);
      answer.end(incoming.url);
    });
  });
  const one = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;
  const text = await exchangeBytes(front.port, one('/1') + one('/2') + one('/3', 'Connection: close\r\n'));
  expect(text.match(/\/\d/g)?.filter((path) => path !== '/1.1')).toHaveLength(6);
  expect(order).toEqual(['> /1', '< /1', '> /2', '< /2', '> /3', '< /3']);
});

test('an upstream that takes too long is 504 with code 9001; the clock starts when the request is whole', async () => {
  let isWhole = false;
  const { front, link } = await startWith((incoming) => void incoming.resume().on('end', () => (isWhole = true)), {
    answerHeadTimeoutMs: 1000,
  });
  const sent = open(front.port, { method: 'POST' });
  sent.write('slow');
  await expect.poll(() => link.opened.length).toBe(1);
  front.clock.advance(5000);
  sent.end();
  await expect.poll(() => isWhole).toBe(true);
  front.clock.advance(1001);
  const [answer] = (await once(sent, 'response')) as [http.IncomingMessage];
  expect(answer.statusCode).toBe(504);
  expect(answer.headers['adit-error-code']).toBe('ERR_ADIT_9001');
  answer.resume();
  await expect.poll(() => link.streams[0]?.destroyed).toBe(true);
});

test.each([
  ['https', 'http', 200],
  ['http', 'https', 308],
] as const)(
  'a trusted proxy whose visitor came by %s is believed on a connection by %s: %i',
  async (proto, scheme, status) => {
    const front = await startFront({ visitor: { scheme }, deps: { trustedProxies: { has: () => true } } });
    front.publish(
      fakeRoute(host, { link: fakeLink((incoming, answer) => answer.end(incoming.headers['x-forwarded-proto'])) }),
    );
    const headers = { 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': proto };
    const answer = await request(front.port, { headers });
    expect(answer).toMatchObject({ status, body: status === 200 ? 'https' : '' });
    if (status === 308) expect(answer.headers.location).toBe(`https://${host}:8443/`);
  },
);
