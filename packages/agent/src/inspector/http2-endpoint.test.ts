import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { makeTestCertificate } from '@adit/sdk/testkit/test-ca';
import { describe, expect, it, onTestFinished } from 'vitest';
import { showTo, tappedPeers } from './http2/http2.testkit.ts';
import { startInspector, type TestInspector } from './inspector.testkit.ts';

interface Got {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers as gRPC does: a head, a message, the result in the trailers. */
function answerGrpc(stream: ServerHttp2Stream, body: string): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '5', 'grpc-message': 'no such thing' }));
  stream.end(`answer to ${body}`);
}

/** An HTTP/2 service that tells what it got. */
async function startService(isTls: boolean): Promise<{ url: string; got: Got[] }> {
  const got: Got[] = [];
  const { cert, key } = await makeTestCertificate();
  const service = isTls ? createSecureServer({ cert, key }) : createServer();
  service.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => {});
    void buffer(stream).then((bytes) => {
      // Without the runtime's own remarks on them.
      got.push({ headers: Object.fromEntries(Object.entries(headers)), body: bytes.toString() });
      answerGrpc(stream, bytes.toString());
    });
  });
  await once(service.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void service.close());
  return { url: `${isTls ? 'https' : 'http'}://localhost:${(service.address() as AddressInfo).port}`, got };
}

const rpc = {
  ...{ ':method': 'POST', ':path': '/pkg.Service/Call?token=s3cret', ':scheme': 'https', ':authority': 'app.example' },
  ...{ 'content-type': 'application/grpc', te: 'trailers', cookie: 'id=s3cret' },
};

/** Captures one request and its answer. */
async function exchange({ watch }: TestInspector, headers: OutgoingHttpHeaders, body?: string): Promise<void> {
  const { visitor, passed, end } = tappedPeers((stream) => {
    void buffer(stream).then((bytes) => answerGrpc(stream, bytes.toString()));
  });
  const stream = visitor.request(headers, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  const closed = once(stream, 'close');
  await buffer(stream);
  await closed;
  await end();
  const tap = watch.tap({ forwardId: 'f', clientAddress: '192.0.2.1:1234' });
  showTo(tap, passed);
  tap?.closed(null);
}

const first = async ({ ask }: TestInspector) => (await ask('/api/captures')).json.captures[0];

describe('a request of an HTTP/2 endpoint', () => {
  it('is listed, found, shown and exported as any other, with its trailers', async () => {
    const test = await startInspector({ speaks: 'http2' });
    await exchange(test, rpc, 'message');
    const summary = {
      method: 'POST',
      target: '/pkg.Service/Call?token=[redacted]',
      status: 200,
      grpcStatus: 5,
      state: 'complete',
    };
    expect(await first(test)).toMatchObject(summary);
    for (const query of ['header=grpc-status: 5', 'text=answer to', 'header=host: app.example', 'text=no such thing'])
      expect((await test.ask(`/api/captures?${query}`)).json.captures, query).toHaveLength(1);
    const { id } = await first(test);
    expect((await test.ask(`/api/captures/${id}`)).json).toMatchObject({
      request: { version: '2', body: { text: 'message' }, headers: expect.arrayContaining([['host', 'app.example']]) },
      answer: {
        ...{ version: '2', body: { text: 'answer to message' } },
        trailers: [
          ['grpc-status', '5'],
          ['grpc-message', 'no such thing'],
        ],
      },
      timing: { sendMs: expect.any(Number), waitMs: expect.any(Number), receiveMs: expect.any(Number) },
    });
    const { log } = (await test.ask(`/api/captures/${id}/har`)).json;
    expect(log.entries[0]).toMatchObject({
      request: { httpVersion: 'HTTP/2', url: 'https://app.example.com/pkg.Service/Call?token=[redacted]' },
      response: { httpVersion: 'HTTP/2', _trailers: [{ name: 'grpc-status', value: '5' }, {}] },
    });
    const { text } = await test.ask(`/api/captures/${id}/curl`);
    expect(text).toContain('--http2 ');
    expect(text).toContain("--header 'te: trailers'");
  });

  it('is in the API as clients know it', async () => {
    const test = await startInspector({ speaks: 'http2' });
    await exchange(test, rpc, 'message');
    const [one] = (await test.ask('/api/requests/http?reveal=true')).json.requests;
    expect(one).toMatchObject({
      request: {
        method: 'POST',
        proto: 'HTTP/2.0',
        headers: { host: ['app.example'], te: ['trailers'] },
        trailers: {},
      },
      response: {
        ...{ status: '200', status_code: 200, proto: 'HTTP/2.0' },
        trailers: { 'grpc-status': ['5'], 'grpc-message': ['no such thing'] },
      },
    });
    const raw = (text: string) => Buffer.from(text, 'base64').toString();
    expect(raw(one.request.raw)).toMatch(
      /^POST \/pkg\.Service\/Call\?token=s3cret HTTP\/2\.0\r\nhost: app\.example\r\n[^]*\r\n\r\nmessage$/,
    );
    expect(raw(one.response.raw)).toMatch(/^HTTP\/2\.0 200 OK\r\n[^]*\r\n\r\nanswer to message$/);
  });

  it('is not captured where bytes are not HTTP/2, and the connection is counted all the same', async () => {
    const test = await startInspector({ speaks: 'http2' });
    test.exchange('GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n');
    expect(await first(test)).toBeUndefined();
    expect((await test.ask('/api/endpoints/app')).json.metrics.conns.count).toBe(1);
  });
});

describe('replay over HTTP/2', () => {
  const replay = async (test: TestInspector, edits: object = {}) =>
    test.ask('/api/requests/http', { method: 'POST', json: { id: (await first(test)).id, ...edits } });

  it.each([
    ['in clear', false],
    ['over TLS', true],
  ])('sends the same request %s, secrets and all, and captures the answer with its trailers', async (_how, isTls) => {
    const { url, got } = await startService(isTls);
    const test = await startInspector({ speaks: 'http2', upstream: url });
    await exchange(test, rpc, 'message');
    const { id } = await first(test);
    expect((await replay(test)).status).toBe(204);
    await expect.poll(() => first(test)).toMatchObject({ replayOf: id, status: 200, state: 'complete' });
    expect(got).toEqual([{ headers: rpc, body: 'message' }]);
    const { answer, remoteAddress } = (await test.ask(`/api/captures/${(await first(test)).id}`)).json;
    expect(answer).toMatchObject({ trailers: [['grpc-status', '5'], expect.anything()] });
    expect(remoteAddress).toBe('replay');
  });

  it('with other method, path, headers and body; redacted values stand for what they were', async () => {
    const { url, got } = await startService(false);
    const test = await startInspector({ speaks: 'http2', upstream: url });
    await exchange(test, rpc, 'message');
    const headers = [
      ['Host', 'other.example'],
      ['Cookie', 'id=[redacted]'],
      ['X-New', '1'],
      ['Connection', 'close'],
    ];
    await replay(test, { method: 'PUT', path: '/b?token=[redacted]', headers, body: '' });
    await expect.poll(() => first(test)).toMatchObject({ method: 'PUT', state: 'complete' });
    expect(got[0]?.headers).toMatchObject({
      ...{ ':method': 'PUT', ':path': '/b?token=s3cret', ':scheme': 'https', ':authority': 'other.example' },
      ...{ cookie: 'id=s3cret', 'x-new': '1' },
    });
    expect(got[0]?.body).toBe('');
  });

  it('refuses a request whose endpoint speaks another protocol by now', async () => {
    const test = await startInspector({ speaks: 'http2' });
    await exchange(test, rpc, 'message');
    const open = () => Promise.reject(new Error('nobody is to be asked'));
    await test.inspector.watch({ name: 'app', isInspected: true, speaks: 'http1', open });
    const told = { status: 400, json: { msg: expect.stringContaining('another protocol') } };
    expect(await replay(test)).toMatchObject(told);
  });

  it.each<[string, object]>([
    ['another host as path', { path: 'http://169.254.169.254/latest' }],
    ['a pseudo-header', { headers: [[':path', 'x']] }],
    ['a line feed in a value', { headers: [['x', 'a\nb']] }],
    [
      'two types of content',
      {
        headers: [
          ['content-type', 'a'],
          ['content-type', 'b'],
        ],
      },
    ],
    ['CONNECT', { method: 'CONNECT', path: '/' }],
  ])('refuses %s', async (_what, edits) => {
    const { url, got } = await startService(false);
    const test = await startInspector({ speaks: 'http2', upstream: url });
    await exchange(test, rpc, 'message');
    expect((await replay(test, edits)).status).toBe(400);
    expect(got).toEqual([]);
  });
});
