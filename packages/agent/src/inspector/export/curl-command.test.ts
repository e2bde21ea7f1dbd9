import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { makeTestCertificate } from '@adit/sdk/testkit/test-ca';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { captureOf } from '../capture/capture.testkit.ts';
import { showTo, tappedPeers } from '../http2/http2.testkit.ts';
import { captureHttp2 } from '../http2/http2-capture.testkit.ts';
import { showCapture } from '../show/shown-capture.ts';
import { curlCommand } from './curl-command.ts';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: readonly string[];
  readonly body: string;
}

let seen: Seen[] = [];
const server = createServer((incoming, response) => {
  void buffer(incoming).then((body) => {
    const { method, url, rawHeaders: headers } = incoming;
    seen.push({ method, url, headers, body: body.toString('latin1') });
    response.end();
  });
});

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => server.close());

const base = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

function command(request: string | Buffer): string {
  return curlCommand(showCapture(captureOf(request), true), base());
}

/** What arrives when a shell runs the command. */
async function run(request: string): Promise<Seen[]> {
  seen = [];
  await promisify(execFile)('sh', ['-c', command(request).replace('curl ', 'curl --silent --max-time 5 --disable ')]);
  return seen;
}

const nasty = `'; touch /nowhere/x; echo "$(id)" \`id\` \\ ! $HOME`;

it.each<[string, string, Partial<Seen>]>([
  [
    'a plain GET',
    'GET /a?b=1 HTTP/1.1\r\nHost: a\r\n\r\n',
    { method: 'GET', url: '/a?b=1', headers: ['Host', 'a'], body: '' },
  ],
  [
    'a target full of quotes, globs and dots',
    `GET /../a'b/{c,d}/[1-3]?$(id)=\`id\`&x=';id;' HTTP/1.1\r\nHost: a\r\n\r\n`,
    { url: `/../a'b/{c,d}/[1-3]?$(id)=\`id\`&x=';id;'` },
  ],
  [
    'headers full of quotes, or empty',
    `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${nasty}\r\nX-Empty:\r\nUser-Agent: me\r\n\r\n`,
    { headers: ['Host', 'a', 'X-A', nasty, 'X-Empty', '', 'User-Agent', 'me'] },
  ],
  [
    'a body full of quotes, on several lines, that begins as a file name would',
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${nasty.length + 13}\r\n\r\n@/etc/passwd\n${nasty}`,
    {
      method: 'POST',
      body: `@/etc/passwd\n${nasty}`,
      headers: ['Host', 'a', 'Content-Length', String(nasty.length + 13)],
    },
  ],
  [
    'a binary body',
    'PUT / HTTP/1.1\r\nHost: a\r\nContent-Type: x/y\r\nContent-Length: 6\r\n\r\n\0\xff\r\n\x1b\x03',
    { method: 'PUT', body: '\0\xff\r\n\x1b\x03' },
  ],
  [
    'a chunked body, as its content',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    { body: 'abc', headers: ['Host', 'a', 'Content-Length', '3'] },
  ],
  ['HEAD', 'HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n', { method: 'HEAD', url: '/a' }],
  ['OPTIONS *', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', { method: 'OPTIONS', url: '*' }],
  [
    'UTF-8 in a header',
    'GET / HTTP/1.1\r\nHost: a\r\nX: \xc3\xa9\r\n\r\n',
    { headers: ['Host', 'a', 'X', '\xc3\xa9'] },
  ],
])('a shell and curl send the same again: %s', async (_title, request, expected) => {
  expect(await run(request)).toMatchObject([expected]);
});

it('what a terminal would take for key presses is not in it', () => {
  const body = Buffer.from('a\x03\nrm -rf ~\n\x1b[201~\x7f\t\x9b');
  const head = `POST / HTTP/1.1\r\nHost: a\r\nX-A: a\tb\x9b\r\nContent-Length: ${body.length}\r\n\r\n`;
  expect(command(Buffer.concat([Buffer.from(head, 'latin1'), body]))).toMatch(/^[\n\x20-\x7e]*$/);
});

it('says when not all of the body is there, and needs no argument longer than systems take', () => {
  const body = 'x'.repeat(2_000_000);
  const text = command(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  expect(text).toMatch(/^# Only the beginning of the body was kept\.\nprintf %s '/);
});

it('a gRPC call arrives over HTTP/2 as it was', async () => {
  const { cert, key } = await makeTestCertificate();
  const got: unknown[] = [];
  const service = createSecureServer({ cert, key });
  service.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    void buffer(stream).then((body) => {
      got.push([Object.fromEntries(Object.entries(headers)), body.toString('hex')]);
      stream.respond({ ':status': 200 }, { endStream: true });
    });
  });
  await once(service.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void service.close());
  const authority = `127.0.0.1:${(service.address() as AddressInfo).port}`;
  const head = {
    ...{ ':method': 'POST', ':path': '/pkg.Service/Call', ':scheme': 'https', ':authority': authority },
    ...{ te: 'trailers', 'content-type': 'application/grpc', 'x-key': 'value' },
  };
  const { capture, captures } = captureHttp2();
  const { visitor, passed, end } = tappedPeers((stream) => stream.respond({ ':status': 200 }, { endStream: true }));
  const stream = visitor.request(head);
  stream.resume().end(Buffer.from('0000000001ff', 'hex'));
  await once(stream, 'close');
  await end();
  showTo(capture, passed);
  const [only] = captures();
  if (!only) throw new Error('Nothing was captured');
  const text = curlCommand(showCapture(only, true), `https://${authority}`);
  await promisify(execFile)('sh', ['-c', text.replace('curl ', 'curl --silent --insecure --max-time 5 --disable ')]);
  // curl says how long the body is, which is allowed.
  expect(got).toEqual([[{ ...head, 'content-length': '6' }, '0000000001ff']]);
});
