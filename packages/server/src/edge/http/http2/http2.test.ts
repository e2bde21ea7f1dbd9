import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { fakeLink, fakeRoute, startFront, type TestFront, type Upstream } from '../http-front.testkit.ts';
import type { HttpLimits } from '../http-limits.ts';

const authority = 'app.example.test';

async function startWith(upstream: Upstream, limits?: Partial<HttpLimits>) {
  const front = await startFront({ visitor: { alpn: 'h2' }, ...(limits && { limits }) });
  const link = fakeLink(upstream);
  const route = front.publish(fakeRoute(authority, { link }));
  return { front, link, route, session: await connect(front) };
}

async function connect(front: TestFront): Promise<http2.ClientHttp2Session> {
  const session = http2.connect(`http://127.0.0.1:${front.port}`);
  session.on('error', () => {});
  onTestFinished(() => session.destroy());
  await once(session, 'connect');
  return session;
}

interface Http2Answer {
  status: number;
  headers: http2.IncomingHttpHeaders;
  trailers: http2.IncomingHttpHeaders;
  interim: http2.IncomingHttpHeaders[];
  body: string;
  code: number;
}

function send(
  session: http2.ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders = {},
  body?: string,
): Promise<Http2Answer> {
  return new Promise((resolve) => {
    const stream = session.request({ ':authority': authority, ...headers }, { endStream: body === undefined });
    const answer: Http2Answer = { status: 0, headers: {}, trailers: {}, interim: [], body: '', code: -1 };
    stream.on('headers', (interim) => answer.interim.push(interim));
    stream.on('response', (received) => {
      answer.headers = received;
      answer.status = received[':status'] ?? 0;
    });
    stream.on('trailers', (trailers) => {
      answer.trailers = trailers;
    });
    stream.on('data', (bytes: Buffer) => {
      answer.body += bytes.toString();
    });
    stream.on('error', () => {});
    stream.on('close', () => resolve({ ...answer, code: stream.rstCode }));
    if (body !== undefined) stream.end(body);
  });
}

const echo: http.RequestListener = (incoming, answer) => {
  const parts: Buffer[] = [];
  incoming.on('data', (part: Buffer) => parts.push(part));
  incoming.on('end', () =>
    answer.end(
      JSON.stringify({ headers: incoming.rawHeaders, url: incoming.url, body: Buffer.concat(parts).toString() }),
    ),
  );
};

test('a request is forwarded as HTTP/1.1 with Host, joined cookies and our lines', async () => {
  const { session, front } = await startWith(echo);
  const answer = await send(session, { ':path': '/x?y', cookie: ['a=1', 'b=2'], 'x-forwarded-for': '1.1.1.1' });
  expect(answer.status).toBe(200);
  const { headers, url } = JSON.parse(answer.body) as { headers: string[]; url: string };
  expect(url).toBe('/x?y');
  expect(headers.slice(0, 2)).toEqual(['host', authority]);
  expect(headers).toContain('a=1; b=2');
  expect(headers.slice(-8)).toEqual([
    ...['X-Forwarded-For', '203.0.113.9', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Host', authority],
    ...['adit-request-id', expect.stringMatching(/^req_[0-9A-Za-z]{27}$/)],
  ]);
  expect(front.counted.statuses).toEqual([200]);
});

test('100 concurrent streams are answered, each its own', async () => {
  const { session, front } = await startWith((incoming, answer) => setImmediate(() => answer.end(incoming.url)));
  const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => send(session, { ':path': `/${i}` })));
  expect(answers.map((answer) => answer.body)).toEqual(Array.from({ length: 100 }, (_, i) => `/${i}`));
  await expect.poll(() => front.grants.size).toBe(0);
});

test('a body without length goes up in chunks, one with length keeps it', async () => {
  const { session } = await startWith(echo);
  const chunked = JSON.parse((await send(session, { ':method': 'POST' }, 'abc')).body) as {
    headers: string[];
    body: string;
  };
  expect(chunked.body).toBe('abc');
  expect(chunked.headers).toContain('chunked');
  const sized = await send(session, { ':method': 'POST', 'content-length': 3 }, 'abc');
  expect(JSON.parse(sized.body)).toMatchObject({
    body: 'abc',
    headers: expect.arrayContaining(['content-length', '3']),
  });
});

test('5 MB pass both ways', async () => {
  const { session } = await startWith((incoming, answer) => incoming.pipe(answer));
  const body = 'x'.repeat(5_000_000);
  expect((await send(session, { ':method': 'POST' }, body)).body.length).toBe(body.length);
});

test('HEAD, 204, 205 and 304 end without a body', async () => {
  const { session } = await startWith((incoming, answer) => {
    answer.statusCode = Number(incoming.url?.slice(1));
    answer.end(answer.statusCode === 205 ? 'never seen' : undefined);
  });
  expect(await send(session, { ':method': 'HEAD', ':path': '/200' })).toMatchObject({ status: 200, body: '', code: 0 });
  for (const status of [204, 205, 304]) {
    expect(await send(session, { ':path': `/${status}` })).toMatchObject({ status, body: '', code: 0 });
  }
});

test('interim answers, duplicate lines and trailers pass', async () => {
  const { session } = await startWith({
    raw(stream) {
      const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\n';
      const head =
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Digest\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n';
      stream.once('data', () => stream.write(`${hints}${head}2\r\nok\r\n0\r\nX-Digest: d\r\nadit-x: y\r\n\r\n`));
    },
  });
  const answer = await send(session);
  expect(answer).toMatchObject({ status: 200, body: 'ok', code: 0 });
  expect(answer.interim.map((headers) => [headers[':status'], headers['link']])).toEqual([[103, '</a>, </b>']]);
  expect(answer.headers['set-cookie']).toEqual(['a', 'b']);
  expect(Object.entries(answer.trailers)).toEqual([['x-digest', 'd']]);
});

test('trailers are kept ready for who says "te: trailers", also when none come', async () => {
  const { session } = await startWith((_, answer) => {
    answer.write('a');
    answer.end('b');
  });
  expect(await send(session, { te: 'trailers' })).toMatchObject({ status: 200, body: 'ab', code: 0 });
});

test('100-continue passes through', async () => {
  const { session } = await startWith(echo);
  const answer = await send(session, { ':method': 'POST', expect: '100-continue' }, 'abc');
  expect(answer.interim[0]?.[':status']).toBe(100);
  expect(answer.status).toBe(200);
});

test.each<[string, http2.OutgoingHttpHeaders]>([
  ['a Host that differs', { host: 'other.example.test' }],
  ['a name that is no name', { ':authority': 'app..example.test' }],
  ['a method in lower case', { ':method': 'get' }],
  ['a list of hosts', { ':authority': 'app.example.test,b' }],
  ['a fragment', { ':path': '/a#b' }],
])('T6 %s is 400 with code 9002, the other streams go on', async (_, headers) => {
  const { session, link } = await startWith(echo);
  const [bad, good] = await Promise.all([send(session, headers), send(session)]);
  expect(bad).toMatchObject({ status: 400, headers: { 'adit-error-code': 'ERR_ADIT_9002' } });
  expect(good.status).toBe(200);
  expect(link.opened).toHaveLength(1);
});

test('the same authority in Host is no contradiction', async () => {
  const { session } = await startWith(echo);
  expect((await send(session, { host: 'APP.example.test.' })).status).toBe(200);
});

test('a CONNECT stream is refused', async () => {
  const { session, link } = await startWith(echo);
  const stream = session.request({ ':method': 'CONNECT', ':authority': 'app.example.test:443' });
  const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
  expect(headers[':status']).toBe(400);
  expect(link.opened).toHaveLength(0);
});

test.each([
  ['another protocol', { ':protocol': 'connect-udp' }],
  ['a WebSocket with a length', { ':protocol': 'websocket', 'content-length': '5' }],
])('an extended CONNECT for %s is 400 with code 9002', async (_, headers) => {
  const { session, link } = await startWith(echo);
  await once(session, 'remoteSettings');
  const lines = { ':method': 'CONNECT', ':path': '/', ':scheme': 'https', ':authority': authority, ...headers };
  const stream = session.request(lines);
  stream.on('error', () => {});
  const [answer] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
  expect(answer).toMatchObject({ ':status': 400, 'adit-error-code': 'ERR_ADIT_9002' });
  expect(link.opened).toHaveLength(0);
});

test('RFC 8441 a WebSocket over HTTP/2 reaches an HTTP/1.1 upstream as an upgrade', async () => {
  const seen: http.IncomingMessage[] = [];
  const server = http.createServer();
  server.on('upgrade', (incoming, stream) => {
    seen.push(incoming);
    const key = `${incoming.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash('sha1').update(key).digest('base64');
    const head = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}`;
    stream.write(`HTTP/1.1 101 Switching Protocols\r\n${head}\r\n\r\nhello `);
    stream.pipe(stream);
  });
  const { session, front } = await startWith(server);
  await once(session, 'remoteSettings');
  const stream = session.request({
    ...{
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':path': '/chat',
      ':scheme': 'https',
      ':authority': authority,
    },
    'sec-websocket-version': '13',
  });
  const [answer] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
  expect(answer[':status']).toBe(200);
  let text = '';
  stream.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  stream.write('frames');
  await expect.poll(() => text).toBe('hello frames');
  expect(seen[0]).toMatchObject({ method: 'GET', url: '/chat', headers: { upgrade: 'websocket' } });
  expect(front.grants.size).toBe(1);
  stream.end();
  await once(stream, 'close');
  await expect.poll(() => front.grants.size).toBe(0);
});

test('too many lines are 431, too large a list ends the stream', async () => {
  const { session, link } = await startWith(echo);
  const lines = Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`x-${i}`, 'y']));
  expect(await send(session, lines)).toMatchObject({ status: 431 });
  expect((await send(session, { 'x-a': 'x'.repeat(40_000) })).status).toBe(431);
  expect(link.opened).toHaveLength(0);
});

test('an answer cut short resets the stream, the session goes on', async () => {
  const { session } = await startWith({
    raw: (stream) => void stream.once('data', () => stream.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc')),
  });
  expect((await send(session)).code).toBe(http2.constants.NGHTTP2_INTERNAL_ERROR);
  expect((await send(session)).code).toBe(http2.constants.NGHTTP2_INTERNAL_ERROR);
});

test('an answer that only the end of the stream ends is cut when the stream is lost', async () => {
  const { session } = await startWith({
    raw: (stream) =>
      void stream.once('data', () => {
        stream.write('HTTP/1.1 200 OK\r\n\r\nabc');
        setImmediate(() => setImmediate(() => stream.destroy()));
      }),
  });
  expect(await send(session)).toMatchObject({ status: 200, code: http2.constants.NGHTTP2_INTERNAL_ERROR });
});

test('a visitor who resets a stream takes the upstream stream along', async () => {
  const { session, link, front } = await startWith(() => {});
  const stream = session.request({ ':authority': authority });
  stream.on('error', () => {});
  await expect.poll(() => link.streams.length).toBe(1);
  stream.close(http2.constants.NGHTTP2_CANCEL);
  await expect.poll(() => link.streams[0]?.destroyed).toBe(true);
  expect(front.grants.size).toBe(0);
});

test('cutting a grant resets its stream', async () => {
  const { session, route, front, link } = await startWith((_, answer) => answer.write('some'));
  const answer = send(session);
  await expect.poll(() => front.grants.size).toBe(1);
  front.grants.cutByEndpoint(route.endpoint.accountId, route.endpoint.id);
  expect((await answer).code).toBe(http2.constants.NGHTTP2_INTERNAL_ERROR);
  await expect.poll(() => link.streams[0]?.destroyed).toBe(true);
});

test('an early answer tells the visitor to stop sending', async () => {
  const { session, link } = await startWith({
    raw: (stream) => void stream.once('data', () => stream.write('HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno')),
  });
  const stream = session.request({ ':authority': authority, ':method': 'POST' });
  stream.on('error', () => {});
  stream.write('some');
  const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
  expect(headers[':status']).toBe(403);
  stream.resume();
  await once(stream, 'close');
  expect(link.streams[0]?.destroyed).toBe(true);
});

test('a burst of resets ends the session', async () => {
  const { session, front } = await startWith(() => {}, { streamResetBurst: 20, streamResetRate: 1 });
  for (let i = 0; i < 60; i++) {
    const stream = session.request({ ':authority': authority });
    stream.on('error', () => {});
    stream.close(http2.constants.NGHTTP2_CANCEL);
  }
  await expect.poll(() => session.destroyed).toBe(true);
  await expect.poll(() => front.front.connectionCount).toBe(0);
});

// Raw frames: what no client library would send.
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
function frame(type: number, flags: number, streamId: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}
/** HPACK, each field as a literal without indexing and without Huffman coding (RFC 7541 §6.2.2). */
function fields(lines: readonly (readonly [string, string])[]): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of lines) {
    parts.push(Buffer.from([0, name.length]), Buffer.from(name, 'latin1'));
    parts.push(Buffer.from([value.length]), Buffer.from(value, 'latin1'));
  }
  return Buffer.concat(parts);
}
const usual = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':authority', authority],
  [':path', '/'],
] as const;
const without = (name: string): (readonly [string, string])[] => usual.filter(([known]) => known !== name);

test.each<[string, readonly (readonly [string, string])[], string?]>([
  ['userinfo', [...without(':authority'), [':authority', 'u@app.example.test']]],
  ['an upper-case name', [...usual, ['X-Upper', 'a']]],
  ['transfer-encoding', [...usual, ['transfer-encoding', 'chunked']]],
  ['connection', [...usual, ['connection', 'x-forwarded-for']]],
  ['upgrade', [...usual, ['upgrade', 'h2c']]],
  ['te with a coding', [...usual, ['te', 'gzip']]],
  ['a space in the path', [...without(':path'), [':path', '/a HTTP/1.1']]],
  ['no path', without(':path')],
  ['an empty path', [...without(':path'), [':path', '']]],
  ['no method', without(':method')],
  ['the authority twice', [...usual, [':authority', 'evil.test']]],
  ['a pseudo header behind the lines', [['x', 'y'], ...usual]],
  ['an unknown pseudo header', [...usual, [':evil', 'x']]],
  ['a method with a space', [...without(':method'), [':method', 'GET /evil HTTP/1.1']]],
  ['a length that the data does not keep', [...usual, ['content-length', '5']], 'abc'],
  ['two lengths', [...usual, ['content-length', '3'], ['content-length', '3']], 'abc'],
  ['extended CONNECT', [[':protocol', 'websocket'], ...usual]],
])('T6 %s reaches no upstream as a whole request', async (_, lines, data) => {
  const { link, seen, received } = await sendFrames(lines, data);
  // RST_STREAM (3), GOAWAY (7) or our 400 in HEADERS (1).
  await expect.poll(() => frameTypes(received).some((type) => type === 3 || type === 7 || type === 1)).toBe(true);
  if (data === undefined) expect(link.opened).toHaveLength(0);
  else await expect.poll(() => link.streams.every((stream) => stream.destroyed)).toBe(true);
  expect(seen.join('')).not.toMatch(/evil|abc\r\n0\r\n/);
});

// nghttp2 takes these lines away and node:http2 does not say so: what is decided on and forwarded does not have them.
test.each<[string, string, string]>([
  ['CR LF in a value', 'x', 'a\r\nevil: b'],
  ['NUL in a value', 'x', 'a\0evil'],
  ['a space in a name', 'x evil', 'a'],
  ['a colon in a name', 'evil:x', 'a'],
])('T6 a line with %s is not forwarded', async (_, name, value) => {
  const { seen } = await sendFrames([...usual, [name, value], ['x-after', 'y']]);
  await expect.poll(() => seen.join('')).toMatch(/x-after: y\r\n[^]*\r\n\r\n$/);
  expect(seen.join('')).not.toContain('evil');
});

test.each([
  ['CANCEL', 8],
  ['NO_ERROR', 0],
])('a request that is reset with %s in the same breath costs no upstream stream', async (_, code) => {
  const front = await startFront({ visitor: { alpn: 'h2' } });
  const link = fakeLink((incoming, answer) => void answer.end(incoming.url));
  front.publish(fakeRoute(authority, { link }));
  const socket = net.connect(front.port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void socket.destroy());
  socket.resume();
  const reason = Buffer.alloc(4);
  reason.writeUInt32BE(code);
  const frames = [preface, frame(4, 0, 0, Buffer.alloc(0))];
  for (let id = 1; id < 200; id += 2) frames.push(frame(1, 5, id, fields(usual)), frame(3, 0, id, reason));
  frames.push(frame(1, 5, 201, fields(usual)));
  socket.write(Buffer.concat(frames));
  await expect.poll(() => front.counted.statuses).toEqual([200]);
  expect(link.opened).toHaveLength(1);
});

// As browsers do it: no END_STREAM before the reset.
test.each([
  ['CANCEL', 8],
  ['NO_ERROR', 0],
  ['INTERNAL_ERROR', 2],
])('an upload that is reset with %s never looks whole to the upstream', async (_, code) => {
  const { link, seen, socket } = await sendFrames(without(':method').concat([[':method', 'POST']]), null);
  socket.write(frame(0, 0, 1, Buffer.from('some')));
  await expect.poll(() => seen.join('')).toMatch(/some\r\n$/);
  const reason = Buffer.alloc(4);
  reason.writeUInt32BE(code);
  socket.write(frame(3, 0, 1, reason));
  await expect.poll(() => link.streams[0]?.destroyed).toBe(true);
  expect(seen.join('')).toMatch(/some\r\n$/);
});

test('a retry never meets another stream that is closing', async () => {
  let isClosing = false;
  let requests = 0;
  const { session, link } = await startWith({
    raw: (stream) =>
      void stream.on('data', () => {
        requests++;
        if (isClosing && link.streams.length < 4) stream.end();
        else setImmediate(() => stream.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
      }),
  });
  await Promise.all([send(session), send(session), send(session)]);
  expect(link.opened).toHaveLength(3);
  isClosing = true;
  expect(await send(session)).toMatchObject({ status: 200, body: 'ok' });
  expect(link.opened).toHaveLength(4);
  expect(requests).toBe(5);
});

/** @param data The body in one frame that ends the stream; null: a stream that stays open. */
async function sendFrames(lines: readonly (readonly [string, string])[], data?: string | null) {
  const seen: string[] = [];
  const front = await startFront({ visitor: { alpn: 'h2' } });
  const link = fakeLink({
    raw: (stream) => void stream.on('data', (bytes: Buffer) => seen.push(bytes.toString('latin1'))),
  });
  front.publish(fakeRoute(authority, { link }));
  const socket = net.connect(front.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const received: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => received.push(bytes));
  const end = data === undefined ? 0x1 : 0;
  const frames = [preface, frame(4, 0, 0, Buffer.alloc(0)), frame(1, 0x4 | end, 1, fields(lines))];
  if (data) frames.push(frame(0, 0x1, 1, Buffer.from(data)));
  socket.write(Buffer.concat(frames));
  return { link, seen, received, socket };
}

function frameTypes(received: readonly Buffer[]): number[] {
  const bytes = Buffer.concat(received);
  const types: number[] = [];
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) types.push(bytes.readUInt8(at + 3));
  return types;
}
