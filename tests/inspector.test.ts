import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { pathToFileURL } from 'node:url';
import { makeTestCertificate } from '@adit/sdk/testkit/test-ca';
import { takeProxyHeader } from '@adit/wire';
import { type handleUnaryCall, Metadata, status } from '@grpc/grpc-js';
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { startInspector } from '../packages/agent/src/inspector/inspector.testkit.ts';
import { startAgent, type TestAgent } from './support/agent.ts';
import { methods, openGrpcClient, startGrpcService } from './support/grpc.ts';
import { openInspectorPage, script } from './support/inspector-page.ts';
import { requires } from './support/requires.ts';
import { firstRunOf, newDataDir, startServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { visit } from './support/visitor.ts';

const rows = (page: Page) => page.locator('.request .target').allTextContents();
const details = (page: Page) => page.locator('#details');

it('requests appear as they come; arrows choose, / searches, r replays, Esc goes back', async (context) => {
  requires(context, ['chromium']);
  const { test, page, complaints, requested } = await openInspectorPage();
  expect(await rows(page)).toEqual([
    '/old',
    '/image.png',
    expect.stringContaining('/?q=long'),
    '/api/orders?token=[redacted]&page=2',
  ]);
  test.exchange('GET /live HTTP/1.1\r\nHost: a\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  await page.locator('.request', { hasText: '/live' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await details(page).getByText('GET /live').waitFor();
  await page.keyboard.press('ArrowDown');
  await details(page).getByText('GET /old').waitFor();
  await page.keyboard.press('ArrowUp');
  await details(page).getByText('GET /live').waitFor();

  await page.keyboard.press('/');
  await page.keyboard.type('status:4xx');
  await expect.poll(() => rows(page)).toEqual([expect.stringContaining('/?q=long')]);
  await page.keyboard.press('Escape');
  await expect.poll(() => rows(page)).toHaveLength(5);
  await page.keyboard.press('Escape');

  await page.keyboard.press('r');
  await page.locator('.request', { hasText: '↻ /live' }).waitFor();
  // The row is there as soon as the replay is under way.
  await expect.poll(() => test.upstreamGot).toEqual(['GET /live HTTP/1.1\r\nHost: a\r\n\r\n']);
  await page.keyboard.press('Escape');
  await expect.poll(() => details(page).textContent()).toBe('');

  await page.getByRole('button', { name: 'Clear all' }).click();
  await page.getByText('No requests yet').waitFor();
  expect(complaints).toEqual([]);
  expect(requested.filter((url) => !url.startsWith(test.inspector.url ?? '-'))).toEqual([]);
});

it('a body is decoded and indented, and where it is no JSON the page says so; secrets are shown when asked for', async (context) => {
  requires(context, ['chromium']);
  const { test, page } = await openInspectorPage();
  await page.locator('.request', { hasText: '/api/orders' }).click();
  await details(page).getByText('Not valid JSON: at line 1, column 9').waitFor();
  expect(await page.getByLabel('Answer body').textContent()).toBe(
    '{\n  "id": 12345678901234567890,\n  "tags": [\n    "a",\n    "b"\n  ]\n}',
  );
  expect(await page.content()).not.toContain('s3cret');
  await page.getByRole('button', { name: 'Copy as curl' }).click();
  await details(page).getByText('Copied. Secrets are redacted').waitFor();
  expect(await page.evaluate<string>('navigator.clipboard.readText()')).toMatch(/^curl [^]*token=\[redacted\]/);
  await page.getByRole('button', { name: 'Show secrets' }).click();
  await details(page).getByText('session=s3cret').waitFor();
  await page.locator('.request', { hasText: '/image.png' }).click();
  await details(page).getByText('89 50 4e 47 00 ff').waitFor();
  await page.locator('.request', { hasText: '/api/orders' }).click();
  await page.getByRole('button', { name: 'Show secrets' }).waitFor();

  await page.getByRole('button', { name: 'Edit and replay' }).click();
  await page.getByLabel('Path').fill('/api/orders?token=[redacted]&page=3');
  await page.getByLabel('Body').fill('{}');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.locator('.request', { hasText: '↻ /api/orders' }).waitFor();
  await expect
    .poll(() => test.upstreamGot[0])
    .toMatch(/^POST \/api\/orders\?token=s3cret&page=3 [^]*Cookie: session=s3cret[^]*\{\}$/);
});

it('what was captured never runs', async (context) => {
  requires(context, ['chromium']);
  const { page, complaints } = await openInspectorPage();
  await page.locator('.request', { hasText: '/?q=long' }).click();
  await details(page).getByText(script).first().waitFor();
  expect(await page.locator('#details img, #details script').count()).toBe(0);
  expect(await page.title()).toBe('Requests · Adit inspector');
  expect(complaints).toEqual([]);
});

it('a page of another origin learns nothing and changes nothing', async (context) => {
  requires(context, ['chromium']);
  const [{ test, page }, other] = [await openInspectorPage(), await startInspector()];
  await page.goto(other.inspector.url ?? '');
  const { url } = test.inspector;
  // Another port is another origin, but the same site: the nearest a stranger can come.
  const tries = `(async () => {
    const attempt = (path, options) => fetch('${url}' + path, options).then((r) => r.type + r.status, () => 'failed');
    return [
      await attempt('/api/requests/http'), await attempt('/api/requests/http', { mode: 'no-cors' }),
      await attempt('/api/requests/http', { method: 'DELETE' }),
      await attempt('/api/requests/http', { method: 'POST', mode: 'no-cors', body: '{}' }),
    ];
  })()`;
  // The page's own policy would stop these before they leave.
  await page.goto('about:blank');
  for (const result of await page.evaluate<string[]>(tries)) expect(['failed', 'opaque0']).toContain(result);
  expect((await test.ask('/api/captures')).json.captures).toHaveLength(4);
});

it('adit http captures what visitors send, and replays it straight to the service', async () => {
  const server = await startServer();
  const got: string[] = [];
  const upstream = await startUpstream((incoming, response) => {
    got.push(`${incoming.method} ${incoming.url} ${incoming.headers.cookie}`);
    response.end('hello');
  });
  const agent = await startAgent(server, upstream.port, firstRunOf(server));
  const inspector = await inspectorOf(agent);
  await visit(server, `${agent.url}/seen?token=s3cret`, { headers: { cookie: 'id=s3cret' } });
  const list = async () => {
    const response = await fetch(`${inspector}/api/requests/http`);
    return ((await response.json()) as { requests: { id: string; state: string }[] }).requests;
  };
  await expect.poll(list).toMatchObject([
    {
      ...{ tunnel_name: 'command_line', state: 'complete', remote_addr: expect.stringMatching(/^127\.0\.0\.1:\d+$/) },
      request: { method: 'GET', uri: '/seen?token=[redacted]' },
      response: { status_code: 200 },
    },
  ]);
  const [captured] = await list();
  const body = JSON.stringify({ id: captured?.id });
  const headers = { 'content-type': 'application/json' };
  expect((await fetch(`${inspector}/api/requests/http`, { method: 'POST', headers, body })).status).toBe(204);
  await expect.poll(list).toMatchObject([{ replay_of: captured?.id, response: { status_code: 200 } }, {}]);
  expect(got).toEqual(Array(2).fill('GET /seen?token=s3cret id=s3cret'));
});

it('adit http replays past the PROXY header and the TLS that the service expects', async () => {
  const { cert, key } = await makeTestCertificate();
  const got: string[] = [];
  const service = createServer((socket) => {
    void takeProxyHeader(socket, 1024).then((taken) => {
      if (taken.status !== 'complete') return socket.destroy();
      const tls = new TLSSocket(socket, { isServer: true, cert, key });
      tls
        .on('error', () => {})
        .on('data', (bytes: Buffer) => {
          got.push(`${taken.header} ${bytes.toString().split('\r\n', 1)[0]}`);
          tls.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        });
    });
  });
  await once(service.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void service.close());
  const server = await startServer();
  const { port } = service.address() as AddressInfo;
  const args = ['--upstream-proxy-protocol', '1'];
  const agent = await startAgent(server, `https://localhost:${port}`, { ...firstRunOf(server), args });
  await visit(server, `${agent.url}/seen`);
  await replayNewest(await inspectorOf(agent));
  const seen = expect.stringMatching(/^PROXY TCP4 127\.0\.0\.1 \S+ \d+ \d+\r\n GET \/seen HTTP\/1\.1$/);
  expect(got).toEqual([seen, seen]);
  expect(got[0]).toBe(got[1]);
});

it('adit http replays into a folder', async () => {
  const folder = await newDataDir();
  await writeFile(join(folder, 'a.txt'), 'before');
  const server = await startServer();
  const agent = await startAgent(server, pathToFileURL(folder).href, firstRunOf(server));
  await visit(server, `${agent.url}/a.txt`);
  await writeFile(join(folder, 'a.txt'), 'behind');
  const inspector = await inspectorOf(agent);
  const { id } = await replayNewest(inspector);
  expect(await (await fetch(`${inspector}/api/captures/${id}`)).json()).toMatchObject({
    answer: { body: { text: 'behind' } },
  });
});

/** Replays the request that came last, and answers the replay once it is complete. */
async function replayNewest(inspector: string): Promise<{ id: string }> {
  const newest = async () => {
    const { captures } = (await (await fetch(`${inspector}/api/captures`)).json()) as { captures: { id: string }[] };
    return captures[0];
  };
  await expect.poll(newest).toMatchObject({ status: 200, state: 'complete' });
  const first = await newest();
  const headers = { 'content-type': 'application/json' };
  const replayed = { method: 'POST', headers, body: JSON.stringify({ id: first?.id }) };
  expect((await fetch(`${inspector}/api/requests/http`, replayed)).status).toBe(204);
  await expect.poll(newest).toMatchObject({ replayOf: first?.id, status: 200, state: 'complete' });
  return { id: (await newest())?.id ?? '' };
}

it('adit http captures gRPC calls that share a connection, each with its result, and replays them over HTTP/2', async () => {
  const got: string[] = [];
  const unary: handleUnaryCall<Buffer, Buffer> = ({ request, metadata }, answer) => {
    got.push(`${request} ${metadata.get('x-key').join()}`);
    if (String(request) === 'fail') answer({ code: status.NOT_FOUND, details: 'no such thing' });
    else answer(null, Buffer.from(`re ${request}`));
  };
  const [server, port] = await Promise.all([startServer(), startGrpcService({ ...unimplemented, unary })]);
  const agent = await startAgent(server, port, { ...firstRunOf(server), args: ['--upstream-protocol', 'http2'] });
  const inspector = await inspectorOf(agent);
  const client = openGrpcClient(server, agent.url);
  const { path, requestSerialize, responseDeserialize } = methods.unary;
  const metadata = new Metadata();
  metadata.set('x-key', 'value');
  const call = (text: string) =>
    new Promise<string>((resolve) => {
      client.makeUnaryRequest(
        ...([path, requestSerialize, responseDeserialize, Buffer.from(text), metadata] as const),
        (error, answer) => resolve(error?.details ?? String(answer)),
      );
    });
  expect(await Promise.all(['one', 'two', 'fail'].map(call))).toEqual(['re one', 're two', 'no such thing']);

  const list = async (query = ''): Promise<{ id: string; grpcStatus: number; state: string }[]> =>
    ((await (await fetch(`${inspector}/api/captures?${query}`)).json()) as { captures: never }).captures;
  await expect.poll(async () => (await list()).map(({ state }) => state)).toEqual(Array(3).fill('complete'));
  expect((await list()).map(({ grpcStatus }) => grpcStatus).toSorted((a, b) => a - b)).toEqual([0, 0, 5]);
  const [failed] = await list('header=grpc-status: 5');
  const details = await (await fetch(`${inspector}/api/captures/${failed?.id}`)).json();
  // A message of gRPC: not compressed, four bytes long.
  const body = { totalBytes: 9, hex: '00000000046661696c' };
  expect(details).toMatchObject({ target: path, request: { version: '2', body }, answer: { version: '2' } });

  const headers = { 'content-type': 'application/json' };
  const replayed = { method: 'POST', headers, body: JSON.stringify({ id: failed?.id }) };
  expect((await fetch(`${inspector}/api/requests/http`, replayed)).status).toBe(204);
  await expect
    .poll(async () => (await list())[0])
    .toMatchObject({ replayOf: failed?.id, grpcStatus: 5, state: 'complete' });
  expect(got.toSorted()).toEqual(['fail value', 'fail value', 'one value', 'two value']);
});

const unimplemented = Object.fromEntries(Object.keys(methods).map((name) => [name, () => expect.unreachable()]));

async function inspectorOf(agent: TestAgent): Promise<string> {
  return agent.process.waitFor((line) => {
    const { msg, addr } = JSON.parse(line) as { msg?: string; addr?: string };
    return msg === 'inspector started' ? addr : undefined;
  });
}
