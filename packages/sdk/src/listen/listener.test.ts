import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import type { MuxStream } from '@adit/wire';
import { expect, test } from 'vitest';
import { openSession, resetOf } from '../relay/relay-session.testkit.ts';
import { makeTestCertificate } from '../test-ca.testkit.ts';
import type { ListenOptions } from './listen.ts';
import type { Listener } from './listener.ts';

async function openListener(options?: ListenOptions) {
  const opened = await openSession();
  const listener = await opened.session.listen(options);
  return { ...opened, listener, visit: () => opened.server.visit(listener.id) };
}

interface Asking {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** A request on a stream of its own, as the edge would send it. */
async function ask(stream: MuxStream, { path = '/', method = 'GET', headers, body }: Asking = {}) {
  const lines = { host: 'app.localhost', connection: 'close', ...headers };
  const sent = request({ createConnection: () => stream, path, method, headers: lines }).end(body);
  sent.on('error', () => {}); // Cut connections are part of the tests.
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response.on('error', () => {});
}

test('listen() opens an endpoint like forward(), with a listener in place of an upstream', async () => {
  const { server, listener } = await openListener({ url: 'tls://app', name: 'mine', description: 'for tests' });
  expect(server.binds[0]).toMatchObject({
    Proto: 'tls',
    ForwardsTo: 'app://listener',
    Opts: { Subdomain: 'app' },
    Extra: { Name: 'mine', Description: 'for tests' },
  });
  expect(listener.url).toBe(`tls://app.localhost:${server.port}`);
});

test.each(['https://', 'http://', 'tcp://', 'tls://'])(
  'connections of %s come raw, with the address of the visitor',
  async (url) => {
    const { listener, visit } = await openListener({ url });
    const seen: unknown[] = [];
    listener.on('connection', (stream, connection) => {
      seen.push(connection);
      stream.pipe(stream);
    });
    const stream = visit();
    stream.end('hello');
    expect(await text(stream)).toBe('hello');
    expect(seen).toEqual([{ forwardId: listener.id, clientAddress: '192.0.2.7:51234' }]);
  },
);

test('TLS that ends in this process: the listener gets what the visitor wrote', async () => {
  const { cert, key, caPem } = await makeTestCertificate();
  const { listener, visit } = await openListener({
    url: 'tls://',
    tlsTermination: { certificate: cert, privateKey: key },
  });
  listener.on('connection', (stream) => void stream.pipe(stream));
  const visitor = connectTls({ socket: visit(), servername: 'localhost', ca: caPem });
  visitor.end('hello');
  expect(await text(visitor)).toBe('hello');
});

test('a TLS server of the program ends the TLS of a tls endpoint by itself', async () => {
  const { cert, key, caPem } = await makeTestCertificate();
  const { listener, visit } = await openListener({ url: 'tls://' });
  listener.serveHttp(createTlsServer({ cert, key }, (socket) => void socket.pipe(socket)));
  const visitor = connectTls({ socket: visit(), servername: 'localhost', ca: caPem });
  visitor.end('hello');
  expect(await text(visitor)).toBe('hello');
});

test('connections wait for whoever serves them, up to a bound', async () => {
  const { listener, visit } = await openListener();
  const early = Array.from({ length: 101 }, () => visit());
  const tooMany = early[0] as MuxStream;
  await resetOf(tooMany);
  const later = text(early[100] as MuxStream);
  early[100]?.end('hello');
  listener.on('connection', (stream) => void stream.pipe(stream));
  expect(await later).toBe('hello');
});

test('connections that nobody serves are let go of when the listener closes', async () => {
  const { listener, visit, events } = await openListener();
  const stream = visit();
  await expect.poll(() => events.map(({ state }) => state)).toEqual(['opened', 'reached']);
  const gone = resetOf(stream);
  await listener.close();
  await gone;
});

test('serveHttp() hands requests to a handler, with keep-alive, and knows the visitor', async () => {
  const { listener, visit } = await openListener();
  listener.serveHttp((incoming, response) => {
    response.end(`${incoming.method} ${incoming.url} ${incoming.socket.remoteAddress} ${incoming.socket.remotePort}`);
  });
  expect(await text(await ask(visit(), { path: '/x?y' }))).toBe('GET /x?y 192.0.2.7 51234');
});

test('serveHttp() hands connections to a server that listens nowhere, upgrades among them', async () => {
  const { listener, visit } = await openListener();
  const server = createServer().on('upgrade', (_request, socket: Duplex) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n');
    socket.pipe(socket);
  });
  expect(listener.serveHttp(server)).toBe(listener);
  const headers = { connection: 'upgrade', upgrade: 'echo' };
  const sent = request({ createConnection: () => visit(), headers }).end();
  const [, socket] = (await once(sent, 'upgrade')) as [IncomingMessage, Duplex];
  socket.end('hello');
  expect(await text(socket)).toBe('hello');
});

test('serveFetch() gives a handler the request as the visitor sent it', async () => {
  const { listener, visit } = await openListener({ url: 'https://app' });
  const seen: unknown[] = [];
  listener.serveFetch(async (asked) => {
    seen.push([asked.method, asked.url, asked.headers.get('x-a'), await asked.text()]);
    const headers = new Headers({ 'x-b': '2', connection: 'upgrade', 'transfer-encoding': 'gzip' });
    headers.append('set-cookie', 'a=1');
    headers.append('set-cookie', 'b=2');
    return new Response('made', { status: 201, headers });
  });
  const headers = { 'x-a': '1', 'content-length': '4' };
  const answer = await ask(visit(), { method: 'POST', path: '//p?q=1', headers, body: 'body' });
  expect(seen).toEqual([['POST', 'https://app.localhost//p?q=1', '1', 'body']]);
  expect([answer.statusCode, await text(answer)]).toEqual([201, 'made']);
  expect(answer.headers).toMatchObject({ 'x-b': '2', 'set-cookie': ['a=1', 'b=2'], connection: 'close' });
  expect(answer.headers['transfer-encoding']).toBe('chunked');
});

test.each([
  ['GET', new Response(null, { status: 204 }), 204, ''],
  ['HEAD', new Response('not to be sent', { headers: { 'content-length': '14' } }), 200, ''],
  ['GET', new Response('x', { status: 404 }), 404, 'x'],
  ['GET', new Response(null, { headers: { 'content-length': '9' } }), 200, ''],
  ['GET', new Response('xyz', { headers: { 'content-length': '3' } }), 200, 'xyz'],
  ['DELETE', Response.json({ a: 1 }), 200, '{"a":1}'],
])('serveFetch() answers %s with %o', async (method, response, status, body) => {
  const { listener, visit } = await openListener();
  listener.serveFetch(() => response);
  const answer = await ask(visit(), { method });
  expect([answer.statusCode, await text(answer)]).toEqual([status, body]);
});

test.each([
  ['TRACE', { host: 'app' }],
  ['GET', { host: 'user@app' }],
])('serveFetch() refuses what the Fetch API has no words for: %s to %j', async (method, headers) => {
  const { listener, visit } = await openListener();
  listener.serveFetch(() => new Response('reached'));
  expect((await ask(visit(), { method, headers })).statusCode).toBe(400);
});

test('serveFetch() streams both ways at once', async () => {
  const { listener, visit } = await openListener();
  listener.serveFetch((asked) => new Response(asked.body));
  const headers = { host: 'app', 'transfer-encoding': 'chunked' };
  const sent = request({ createConnection: () => visit(), method: 'POST', headers });
  sent.write('first');
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  expect(String((await once(answer, 'data'))[0])).toBe('first');
  sent.end('second');
  expect(String((await once(answer, 'data'))[0])).toBe('second');
});

test('serveFetch() pulls a body only as fast as the visitor reads', async () => {
  const { listener, visit } = await openListener();
  let pulled = 0;
  const block = new Uint8Array(65_536);
  listener.serveFetch(() => {
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      pulled += 1;
      controller.enqueue(block);
    };
    return new Response(new ReadableStream({ pull }));
  });
  await ask(visit());
  let last = -1;
  await expect
    .poll(
      () => {
        const isStill = pulled === last;
        last = pulled;
        return isStill;
      },
      { interval: 200 },
    )
    .toBe(true);
  expect(pulled).toBeLessThan(1_000);
});

test('serveFetch() aborts the request and cancels the body when the visitor leaves', async () => {
  const { listener, visit } = await openListener();
  const errors: unknown[] = [];
  listener.on('handlerError', (error) => errors.push(error));
  const aborted = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<void>();
  listener.serveFetch(({ signal }) => {
    signal.addEventListener('abort', () => aborted.resolve());
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => controller.enqueue(new Uint8Array(1_024));
    return new Response(new ReadableStream({ pull, cancel: () => cancelled.resolve() }));
  });
  const stream = visit();
  await ask(stream);
  stream.destroy();
  await Promise.all([aborted.promise, cancelled.promise]);
  expect(errors).toEqual([]);
});

test('serveFetch() aborts a handler that has not answered yet when the visitor leaves', async () => {
  const { listener, visit } = await openListener();
  const aborted = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  listener.serveFetch(({ signal }) => {
    asked.resolve();
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        aborted.resolve();
        reject(signal.reason as Error);
      });
    });
  });
  const stream = visit();
  void ask(stream).catch(() => {});
  await asked.promise;
  stream.destroy();
  await aborted.promise;
});

test('serveFetch() does not abort a request that was answered', async () => {
  const { listener, visit } = await openListener();
  const signals: AbortSignal[] = [];
  listener.serveFetch(({ signal }) => {
    signals.push(signal);
    return new Response('whole');
  });
  expect(await text(await ask(visit()))).toBe('whole');
  await expect.poll(() => signals.map(({ aborted }) => aborted)).toEqual([false]);
});

test('serveFetch() answers 500 for a handler that throws, and tells the program', async () => {
  const { listener, visit } = await openListener();
  const errors: unknown[] = [];
  listener.on('handlerError', (error) => errors.push(error));
  listener.serveFetch(() => {
    throw new Error('secret detail');
  });
  const answer = await ask(visit());
  expect([answer.statusCode, await text(answer)]).toEqual([500, 'The program behind this address failed\n']);
  expect(errors).toEqual([expect.objectContaining({ message: 'secret detail' })]);
});

test.each([
  ['breaks off', () => new ReadableStream({ pull: (controller) => controller.error(new Error('broken')) }), {}],
  ['is shorter than it says', () => 'short', { 'content-length': '100' }],
  ['is longer than it says', () => 'longer', { 'content-length': '2' }],
])('serveFetch() never lets a body that %s look whole', async (_, body, headers) => {
  const { listener, visit } = await openListener();
  const errors: unknown[] = [];
  listener.on('handlerError', (error) => errors.push(error));
  listener.serveFetch(() => new Response(body(), { headers }));
  const whole = ask(visit()).then(async (answer) => [answer.statusCode, await text(answer)]);
  const outcome = await whole.catch(() => 'broken');
  expect(outcome === 'broken' || (outcome as unknown[])[0] === 500).toBe(true);
  expect(errors).toHaveLength(1);
});

test('the signal closes a listener, and an aborted one opens none', async () => {
  const controller = new AbortController();
  const { listener, session, server } = await openListener({ signal: controller.signal });
  controller.abort(new Error('enough'));
  expect(await listener.closed).toBeNull();
  await server.until(() => server.unbinds.length === 1);
  await expect(session.listen({ signal: controller.signal })).rejects.toThrow('enough');
  expect(server.binds).toHaveLength(1);
});

test('a signal that aborts while the endpoint opens takes it back', async () => {
  const { session, server } = await openSession();
  const controller = new AbortController();
  server.behaviour.bindError = () => {
    controller.abort(new Error('enough'));
    return '';
  };
  await expect(session.listen({ signal: controller.signal })).rejects.toThrow('enough');
  await server.until(() => server.unbinds.length === 1);
});

test('a listener that closes tells why', async () => {
  const { listener, session } = await openListener();
  const listeners: Listener[] = [listener, await session.listen()];
  await listener.close();
  await listener.close();
  await session.close();
  expect(await Promise.all(listeners.map(({ closed }) => closed))).toEqual([null, null]);
});
