// An upstream is an attacker too: whatever it sends, the visitor gets one well-formed answer or a broken connection, and
// nothing of one answer is read as part of another.
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { AditError } from '@adit/contracts';
import { expect, test } from 'vitest';
import { exchangeBytes, fakeLink, fakeRoute, request, startFront, type TestFront } from './http-front.testkit.ts';

/** An upstream that answers every request head with these bytes. */
async function startWith(bytes: string, then?: (stream: Duplex) => void) {
  const front = await startFront();
  const link = fakeLink({
    raw(stream) {
      stream.on('data', () => {
        stream.write(Buffer.from(bytes, 'latin1'));
        then?.(stream);
      });
    },
  });
  front.publish(fakeRoute('app.example.test', { link }));
  return { front, link };
}

const rest = 'Content-Length: 2\r\n\r\nok';

test.each<[string, string]>([
  ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['a bad status line', `HTTP/1.1 abc OK\r\n${rest}`],
  ['a status of four digits', `HTTP/1.1 2000 OK\r\n${rest}`],
  ['a status below 100', `HTTP/1.1 099 OK\r\n${rest}`],
  ['a status above 599', `HTTP/1.1 999 OK\r\n${rest}`],
  ['another version', `HTTP/3.0 200 OK\r\n${rest}`],
  ['two equal lengths', `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${rest}`],
  ['two lengths', `HTTP/1.1 200 OK\r\nContent-Length: 5\r\n${rest}`],
  ['length and chunks', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${rest}`],
  ['a coding that we do not undo', `HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
  ['chunks in two lines', `HTTP/1.1 200 OK\r\n${'Transfer-Encoding: chunked\r\n'.repeat(2)}\r\n0\r\n\r\n`],
  ['a coding that is none', `HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nok`],
  ['a signed length', 'HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok'],
  ['bare LF lines', `HTTP/1.1 200 OK\nX: y\n\n`],
  ['a bare CR in a value', `HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b\r\n${rest}`],
  ['a NUL in a value', `HTTP/1.1 200 OK\r\nX: a\0b\r\n${rest}`],
  ['a folded line', `HTTP/1.1 200 OK\r\nX: a\r\n b\r\n${rest}`],
  ['a space in a name', `HTTP/1.1 200 OK\r\nX y: a\r\n${rest}`],
  ['too many lines', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(201)}${rest}`],
  ['too long a head', `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(70_000)}\r\n${rest}`],
  [
    'a switch nobody asked for',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  ],
  ['a flood of interim answers', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(40)],
])('%s: 502 with code 3004', async (_, bytes) => {
  const { front } = await startWith(bytes);
  const answer = await request(front.port);
  expect(answer.status).toBe(502);
  expect(answer.headers['adit-error-code']).toBe('ERR_ADIT_3004');
  expect(answer.body).not.toContain('Set-Cookie');
  await expect.poll(() => front.counted.active).toBe(0);
});

test.each<[string, (stream: Duplex) => void, number, number]>([
  ['closes in good order without an answer', (stream) => stream.end(), 502, 3004],
  ['loses the stream', (stream) => stream.destroy(), 502, 9005],
  ['closes within the head', (stream) => stream.end('HTTP/1.1 200 OK\r\nX: '), 502, 3004],
])('an upstream that %s', async (_, act, status, code) => {
  const { front } = await startWith('', act);
  const answer = await request(front.port);
  expect(answer.status).toBe(status);
  expect(answer.headers['adit-error-code']).toBe(`ERR_ADIT_${code}`);
});

test.each([
  [8012, 502],
  [9001, 504],
  [9005, 502],
] as const)('a stream that fails with %i is answered with %i', async (code, status) => {
  const front = await startFront();
  const link = fakeLink({ raw() {} });
  front.publish(fakeRoute('app.example.test', { link }));
  const answer = request(front.port);
  await expect.poll(() => link.streams.length).toBe(1);
  link.streams[0]?.destroy(new AditError(code, 'connect ECONNREFUSED 10.1.2.3:8080'));
  expect((await answer).status).toBe(status);
  expect((await answer).headers['adit-error-code']).toBe(`ERR_ADIT_${code}`);
  expect((await answer).body).not.toContain('10.1.2.3');
});

test.each([
  [3200, 404],
  [3210, 503],
] as const)('a link that refuses with %i is answered with %i', async (code, status) => {
  const front = await startFront();
  front.publish(fakeRoute('app.example.test', { link: fakeLink({ raw() {} }, () => new AditError(code)) }));
  const answer = await request(front.port);
  expect(answer).toMatchObject({ status, headers: { 'adit-error-code': `ERR_ADIT_${code}` } });
  expect(front.grants.size).toBe(0);
});

test.each<[string, string]>([
  ['by length', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc'],
  ['by chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nabc'],
  ['within a chunk size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n6'],
  ['with a broken chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcXX'],
])('an answer cut short %s breaks the visitor: no silent truncation', async (_, bytes) => {
  const { front } = await startWith(bytes, (stream) => stream.end());
  await expect(request(front.port)).rejects.toMatchObject({ code: 'ECONNRESET' });
  await expect.poll(() => front.counted.active).toBe(0);
});

test('an answer without length or chunks ends with the stream, and is whole', async () => {
  const { front } = await startWith('HTTP/1.1 200 OK\r\n\r\nall of it', (stream) => stream.end());
  expect(await request(front.port)).toMatchObject({ status: 200, body: 'all of it' });
});

test.each<[string, string]>([
  ['HTTP/1.1', 'HTTP/1.1 200 OK\r\n\r\nabc'],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nabc'],
  ['HTTP/1.1 whose length an unread line names', 'HTTP/1.1 200 OK\r\nContent_Length: 3\r\n\r\nabc'],
])('an answer of %s that only the end of the stream ends is cut when the stream is lost', async (_, bytes) => {
  const { front } = await startWith(bytes, (stream) => setImmediate(() => setImmediate(() => stream.destroy())));
  await expect(request(front.port)).rejects.toMatchObject({ code: 'ECONNRESET' });
  await expect.poll(() => front.counted.active).toBe(0);
});

test('an answer with a length is whole, also when the stream is lost right behind it', async () => {
  const lose = (stream: Duplex): void => void setImmediate(() => setImmediate(() => stream.destroy()));
  const { front } = await startWith(`HTTP/1.1 200 OK\r\nConnection: close\r\n${rest}`, lose);
  expect(await request(front.port)).toMatchObject({ status: 200, body: 'ok' });
});

test('an upstream cannot speak in our name', async () => {
  const { front } = await startWith(
    `HTTP/1.1 200 OK\r\nadit-error-code: ERR_ADIT_3200\r\nAdit_Request_Id: x\r\n${rest}`,
  );
  const { rawHeaders } = await request(front.port);
  expect(rawHeaders.join('\n').toLowerCase()).not.toContain('adit');
});

const get = 'GET / HTTP/1.1\r\nHost: app.example.test\r\n\r\n';
const head = 'HEAD / HTTP/1.1\r\nHost: app.example.test\r\n\r\n';
const last = get.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');

async function twoRequests(front: TestFront, first: string): Promise<string[]> {
  const text = await exchangeBytes(front.port, first + last);
  return text.split(/(?=HTTP\/1\.1 )/);
}

test.each<[string, string, string]>([
  ['HEAD', head, 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'],
  ['204', get, 'HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nevil'],
  ['304', get, 'HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nevil'],
  [
    'a whole answer',
    get,
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil',
  ],
])('bytes behind the answer to %s do not reach the visitor', async (_, first, bytes) => {
  const { front, link } = await startWith(bytes);
  const answers = await twoRequests(front, first);
  expect(answers).toHaveLength(2);
  expect(answers.join('')).not.toContain('evil');
  expect(link.opened).toHaveLength(2);
});

test('bytes that come while the stream is idle end it: they answer nobody', async () => {
  const { front, link } = await startWith('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', (stream) => {
    setImmediate(() => stream.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'));
  });
  const agent = new http.Agent({ keepAlive: true });
  expect((await request(front.port, { agent })).body).toBe('ok');
  await expect.poll(() => link.streams[0]?.destroyed).toBe(true);
  expect((await request(front.port, { agent })).body).toBe('ok');
  expect(link.opened).toHaveLength(2);
  agent.destroy();
});

test('interim answers within the bound pass, without what is not theirs', async () => {
  const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nadit-request-id: x\r\n\r\n';
  const { front } = await startWith(`${hints}HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n${rest}`);
  const text = await exchangeBytes(front.port, last);
  expect(text.split(/(?=HTTP\/1\.1 )/).map((part) => part.slice(9, 12))).toEqual(['103', '102', '200']);
  expect(text).toContain('Link: </a.css>; rel=preload\r\n');
  expect(text).not.toContain('adit');
});

test('a 100 that nobody waits for is not passed on', async () => {
  const { front } = await startWith(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n${rest}`);
  expect(await exchangeBytes(front.port, last)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});
