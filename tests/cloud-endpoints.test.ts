// Endpoints that the server keeps itself: made, changed and deleted through the API, and answered by their policies.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect, createServer } from 'node:tls';
import { expect, it, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { adminJson, otherAccount } from './support/admin.ts';
import { startAgent } from './support/agent.ts';
import { openSession } from './support/ngrok-session.ts';
import { makePair } from './support/own-certificate.ts';
import { firstRunOf, startServer, type TestServer } from './support/server.ts';
import { openTcp, startTcpService } from './support/tcp.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, openWebSocket, visit } from './support/visitor.ts';

/** The design's bound for one node. */
const boundMs = 2_000;

const answering = (body: string): string =>
  `on_http_request: [{actions: [{type: custom-response, config: {status_code: 200, body: ${body}}}]}]`;
const forwarding = (url: string, onError = 'halt'): string =>
  `{actions: [{type: forward-internal, config: {url: "${url}", on_error: ${onError}}}]}`;

async function call(server: TestServer, method: string, path: string, body?: object, key = firstRunOf(server).apiKey) {
  return await callApi(server, key, { method, path, ...(body && { body }) });
}

/** Makes one through the API; answers it as it is shown. */
async function make(server: TestServer, body: object, key?: string) {
  const { status, json } = await call(server, 'POST', '/endpoints', body, key);
  expect([status, json['msg']]).toEqual([201, undefined]);
  return json as { id: string; url: string; offline: null | { error_code: string } };
}

const read = async (server: TestServer, id: string) => (await call(server, 'GET', `/endpoints/${id}`)).json;

it('a cloud endpoint answers as soon as it is made, as it is changed, and not once it is deleted', async () => {
  const server = await startServer();
  const { id, url } = await make(server, { url: 'https://hello.localhost', traffic_policy: answering('one') });
  expect(url).toBe(`https://hello.localhost:${server.ready.https.port}`);
  const bodyOf = async (at = url) => (await visit(server, at)).body;
  await expect.poll(() => bodyOf()).toBe('one');

  await call(server, 'PATCH', `/endpoints/${id}`, { traffic_policy: answering('two'), description: 'changed' });
  await expect.poll(() => bodyOf()).toBe('two');
  expect(await read(server, id)).toMatchObject({ type: 'cloud', description: 'changed', offline: null });

  const moved = await call(server, 'PATCH', `/endpoints/${id}`, { url: 'https://moved.localhost' });
  await expect.poll(() => bodyOf(String(moved.json['url']))).toBe('two');
  expect((await visit(server, url)).status).toBe(404);

  expect((await call(server, 'DELETE', `/endpoints/${id}`)).status).toBe(204);
  await expect.poll(async () => (await visit(server, String(moved.json['url']))).status).toBe(404);
});

it('a cloud endpoint is there again after a restart, when the server is ready', async () => {
  const before = await startServer();
  const { apiKey } = firstRunOf(before);
  const { id } = await make(before, { url: 'https://kept.localhost', traffic_policy: answering('kept') });
  await make(before, { url: 'https://door.internal', traffic_policy: answering('behind') });
  await before.process.stop('SIGKILL');
  const after = await startServer({ dataDir: before.dataDir });
  const { json } = await call(after, 'GET', `/endpoints/${id}`, undefined, apiKey);
  expect(json['url']).toBe(`https://kept.localhost:${after.ready.https.port}`);
  expect(await visit(after, String(json['url']))).toMatchObject({ status: 200, body: 'kept' });
});

it('[invariant: revoked-means-now] a change is enforced on live WebSockets that went on to an internal endpoint', async () => {
  const server = await startServer();
  const { authtoken } = firstRunOf(server);
  const upstream = await startUpstream((incoming, response) => response.end(JSON.stringify(incoming.headers)));
  new WebSocketServer({ server: upstream.server });
  await startAgent(server, upstream.port, { authtoken, args: ['--url', 'https://users.internal'] });
  const rules = (path: string) =>
    `on_http_request: [{expressions: ["req.url.path.startsWith('/${path}')"], ${forwarding('https://users.internal').slice(1)}, ` +
    '{actions: [{type: custom-response, config: {status_code: 404}}]}]';
  const { id, url } = await make(server, { url: 'https://shop.localhost', traffic_policy: rules('users') });
  await expect.poll(async () => (await visit(server, `${url}/users/1`)).status).toBe(200);
  const seen = JSON.parse((await visit(server, `${url}/users/1`)).body) as Record<string, string>;
  expect(seen).toMatchObject({ host: new URL(url).host, 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https' });
  expect((await visit(server, `${url}/others`)).status).toBe(404);

  const socket = openWebSocket(server, `${url}/users/live`);
  await once(socket, 'open');
  const harmless = rules('users').replace('404', '410');
  await call(server, 'PATCH', `/endpoints/${id}`, { traffic_policy: harmless });
  await expect.poll(async () => (await visit(server, `${url}/others`)).status).toBe(410);
  expect(socket.readyState).toBe(socket.OPEN);

  const closed = once(socket, 'close');
  const changedAt = performance.now();
  await call(server, 'PATCH', `/endpoints/${id}`, { traffic_policy: rules('people') });
  await closed;
  console.log(`policy changed → WebSocket closed: ${(performance.now() - changedAt).toFixed(1)} ms`);
  expect(performance.now() - changedAt).toBeLessThan(boundMs);
});

it('a deleted cloud endpoint loses its live streams', async () => {
  const server = await startServer();
  const { authtoken } = firstRunOf(server);
  const upstream = await startUpstream((_, response) => response.end());
  new WebSocketServer({ server: upstream.server });
  await startAgent(server, upstream.port, { authtoken, args: ['--url', 'https://users.internal'] });
  const policy = `on_http_request: [${forwarding('https://users.internal')}]`;
  const { id, url } = await make(server, { url: 'https://shop.localhost', traffic_policy: policy });
  await expect.poll(async () => (await visit(server, url)).status).toBe(200);
  const socket = openWebSocket(server, url);
  await once(socket, 'open');
  const closed = once(socket, 'close');
  expect((await call(server, 'DELETE', `/endpoints/${id}`)).status).toBe(204);
  await closed;
});

it('tcp goes on to an internal tcp endpoint, from a port that the account has reserved', async () => {
  const server = await startServer();
  const { authtoken } = firstRunOf(server);
  const service = await startTcpService((socket) => socket.end('hello'));
  await startAgent(server, service.port, { authtoken, command: 'tcp', args: ['--url', 'tcp://db.internal:5432'] });
  const traffic_policy = `on_tcp_connect: [${forwarding('tcp://db.internal:5432')}]`;
  const { addr } = (await call(server, 'POST', '/reserved_addrs', {})).json as { addr: string };
  const [, port] = addr.split(':');
  const other = await call(server, 'POST', '/endpoints', {
    url: `tcp://localhost:${Number(port) + 1}`,
    traffic_policy,
  });
  expect([other.status, other.json['error_code']]).toEqual([403, 'ERR_ADIT_307']);
  const { id } = await make(server, { url: `tcp://${addr}`, traffic_policy });
  const said = () =>
    new Promise<string>((resolve) => {
      let heard = '';
      const socket = openTcp(Number(port)).on('data', (piece) => void (heard += String(piece)));
      socket.on('end', () => void socket.end()).on('close', () => resolve(heard));
    });
  await expect.poll(said).toBe('hello');
  await call(server, 'DELETE', `/endpoints/${id}`);
  await expect.poll(said).toBe('');
});

it('who forwards in a circle, or to nobody, is told so; what comes behind may take over', async () => {
  const server = await startServer();
  const policyOf = (url: string) => `on_http_request: [${forwarding(url)}]`;
  await make(server, { url: 'https://a.internal', traffic_policy: policyOf('https://b.internal') });
  await make(server, { url: 'https://b.internal', traffic_policy: policyOf('https://a.internal') });
  const circle = await make(server, {
    url: 'https://circle.localhost',
    traffic_policy: policyOf('https://a.internal'),
  });
  const nobody = await make(server, {
    url: 'https://nobody.localhost',
    traffic_policy: policyOf('https://c.internal'),
  });
  const spare = `on_http_request: [${forwarding('https://c.internal', 'continue')}, {actions: [{type: custom-response, config: {status_code: 200, body: spare}}]}]`;
  const second = await make(server, { url: 'https://second.localhost', traffic_policy: spare });
  const codeOf = async ({ url }: { url: string }) => (await visit(server, url)).headers['adit-error-code'];
  await expect.poll(() => codeOf(circle)).toBe('ERR_ADIT_3501');
  await expect.poll(() => codeOf(nobody)).toBe('ERR_ADIT_3200');
  await expect.poll(async () => (await visit(server, second.url)).body).toBe('spare');
});

it('[invariant: tenancy-in-every-key] nobody reaches, sees or takes what another account keeps', async () => {
  const server = await startServer();
  const theirs = await otherAccount(server.dataDir);
  await make(server, { url: 'https://users.internal', traffic_policy: answering('ours') });
  const { id } = await make(server, { url: 'https://ours.localhost', traffic_policy: answering('ours') });
  const policy = `on_http_request: [${forwarding('https://users.internal')}]`;
  const asked = await make(server, { url: 'https://theirs.localhost', traffic_policy: policy }, theirs);
  await expect.poll(async () => (await visit(server, asked.url)).headers['adit-error-code']).toBe('ERR_ADIT_3200');
  const taken = { url: 'https://ours.localhost', traffic_policy: answering('theirs') };
  expect((await call(server, 'POST', '/endpoints', taken, theirs)).json['error_code']).toBe('ERR_ADIT_320');
  for (const method of ['GET', 'DELETE', 'PATCH']) {
    const body = method === 'PATCH' ? { description: 'b' } : undefined;
    expect((await call(server, method, `/endpoints/${id}`, body, theirs)).json['error_code']).toBe('ERR_ADIT_9101');
  }
  // The same internal name is each account's own.
  await make(server, { url: 'https://users.internal', traffic_policy: answering('mine') }, theirs);
  await expect.poll(async () => (await visit(server, asked.url)).body).toBe('mine');
});

/** Answers an API key of its administrator. */
test('a name that an agent has is tried again when the agent is gone', async () => {
  const server = await startServer();
  const { authtoken } = firstRunOf(server);
  const upstream = await startUpstream((_, response) => response.end('agent'));
  const agent = await startAgent(server, upstream.port, { authtoken, args: ['--url', 'https://app.localhost'] });
  const { id, url } = await make(server, { url: 'https://app.localhost', traffic_policy: answering('cloud') });
  await expect.poll(() => read(server, id)).toMatchObject({ offline: { error_code: 'ERR_ADIT_334' } });
  expect((await visit(server, url)).body).toBe('agent');
  const { endpoints } = (await call(server, 'GET', '/endpoints')).json as { endpoints: { id: string; type: string }[] };
  expect(endpoints.map(({ type }) => type).sort()).toEqual(['cloud', 'ephemeral']);
  const ofAgent = endpoints.find(({ type }) => type === 'ephemeral')?.id ?? '';
  const refused = await call(server, 'DELETE', `/endpoints/${ofAgent}`);
  expect([refused.status, refused.json['error_code']]).toEqual([409, 'ERR_ADIT_9117']);
  await agent.process.stop('SIGINT');
  await expect.poll(async () => (await visit(server, url)).body).toBe('cloud');
  expect(await read(server, id)).toMatchObject({ offline: null });
  await expect((await openSession(server)).httpEndpoint().domain('app.localhost').listen()).rejects.toThrow(
    'ERR_NGROK_334',
  );
});

test('what cannot be an endpoint is refused when it is saved, with the place of the mistake', async () => {
  const server = await startServer();
  const at = 'https://x.localhost';
  const rows: [body: object, error: string, words: string][] = [
    [{ url: at, traffic_policy: 'on_http_request: []' }, 'ERR_ADIT_2235', 'line 1, column 18 (on_http_request)'],
    [{ url: at, traffic_policy: ' ' }, 'ERR_ADIT_9600', 'there is nothing in it'],
    [{ url: at, traffic_policy: '' }, 'ERR_ADIT_2235', 'on_http_request'],
    [
      { url: at, traffic_policy: 'on_http_request: [{expressions: ["true"], actions: [{type: deny}]}]' },
      'ERR_ADIT_2235',
      'without expressions',
    ],
    [
      { url: at, traffic_policy: 'on_http_request:\n  - actions: [{type: denny}]' },
      'ERR_ADIT_2201',
      'line 2, column 22',
    ],
    [{ url: 'tls://x.localhost', traffic_policy: answering('x') }, 'ERR_ADIT_2205', 'tls endpoints'],
    [{ url: 'x.localhost', traffic_policy: answering('x') }, 'ERR_ADIT_326', 'whole URL'],
    [{ url: 'https://', traffic_policy: answering('x') }, 'ERR_ADIT_326', 'whole URL'],
    [{ url: 'https://api.localhost', traffic_policy: answering('x') }, 'ERR_ADIT_9404', 'reserved'],
    [{ url: 'https://x.example.com', traffic_policy: answering('x') }, 'ERR_ADIT_319', 'not below'],
    [{ url: 'ftp://x.localhost', traffic_policy: answering('x') }, 'ERR_ADIT_332', 'ftp'],
    [{ url: at, bindings: ['internal'], traffic_policy: answering('x') }, 'ERR_ADIT_326', '.internal'],
    [{ url: at, type: 'ephemeral', traffic_policy: answering('x') }, 'ERR_ADIT_215', 'type'],
    [{ url: at }, 'ERR_ADIT_215', 'traffic_policy'],
  ];
  for (const [body, error, words] of rows) {
    const { json } = await call(server, 'POST', '/endpoints', body);
    expect(json).toMatchObject({ error_code: error, msg: expect.stringContaining(words) });
  }
  const { id } = await make(server, { url: at, traffic_policy: answering('x') });
  const change = async (body: object) => (await call(server, 'PATCH', `/endpoints/${id}`, body)).json['error_code'];
  expect(await change({ url: 'http://x.localhost' })).toBe('ERR_ADIT_18005');
  expect(await change({ traffic_policy: 'on_http_request: []' })).toBe('ERR_ADIT_2235');
  const twice = { url: at, traffic_policy: answering('y') };
  expect((await call(server, 'POST', '/endpoints', twice)).json['error_code']).toBe('ERR_ADIT_9109');
  const pooled = { ...twice, pooling_enabled: true };
  expect((await call(server, 'POST', '/endpoints', pooled)).json['error_code']).toBe('ERR_ADIT_9109');
  expect(await change({ pooling_enabled: true })).toBe(undefined);
  expect((await call(server, 'POST', '/endpoints', twice)).json['error_code']).toBe('ERR_ADIT_9109');
  const { url } = await make(server, pooled);
  await expect.poll(async () => (await visit(server, url)).body).toBe('y');
  await expect.poll(async () => (await visit(server, url)).body).toBe('x');
});

it('cloud endpoints of a suspended account are offline until it works again', async () => {
  const server = await startServer();
  const { dataDir } = server;
  const theirs = await otherAccount(server.dataDir);
  const { url } = await make(server, { url: 'https://theirs.localhost', traffic_policy: answering('theirs') }, theirs);
  const statusOf = async () => (await visit(server, url)).status;
  await expect.poll(statusOf).toBe(200);
  await adminJson(dataDir, ['account', 'suspend', 'others']);
  await expect.poll(statusOf).toBe(404);
  await adminJson(dataDir, ['account', 'resume', 'others']);
  await expect.poll(statusOf).toBe(200);
});

it('tls goes on to an internal tls endpoint, and only that can read it', async (context) => {
  const server = await startServer();
  const pair = await makePair(context, 'mine.localhost');
  const service = createServer(pair, (socket) => void socket.on('error', () => {}).end('hello'));
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  onTestFinished(() => void service.close());
  const { port } = service.address() as AddressInfo;
  const session = await openSession(server);
  await session.tlsEndpoint().domain('mine.internal').listenAndForward(`tcp://127.0.0.1:${port}`);
  const traffic_policy = `on_tcp_connect: [${forwarding('tls://mine.internal')}]`;
  const { url } = await make(server, { url: 'tls://mine.localhost', traffic_policy });
  const said = async () => {
    const at = { host: '127.0.0.1', port: Number(new URL(url).port), servername: 'mine.localhost', ca: pair.cert };
    const socket = connect(at);
    return await text(socket).catch((error: Error) => error.message);
  };
  await expect.poll(said).toBe('hello');
});
