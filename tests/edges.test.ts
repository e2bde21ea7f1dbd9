// Edges of the older API: addresses that are kept, with routes, modules and backends; behind them labelled tunnels of the
// unmodified SDK.
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { expect, it, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { adminJson, createKey } from './support/admin.ts';
import { openSession } from './support/ngrok-session.ts';
import { firstRunOf, startServer, type TestServer } from './support/server.ts';
import { openTcp, startTcpService } from './support/tcp.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, openWebSocket, visit } from './support/visitor.ts';

/** The design's bound for one node. */
const boundMs = 2_000;

interface Shown {
  readonly id: string;
  readonly [field: string]: unknown;
}

/** Calls of one account. */
function caller(server: TestServer, key = firstRunOf(server).apiKey) {
  const call = async (method: string, path: string, body?: object): Promise<Shown & { readonly status: number }> => {
    const { status, json } = await callApi(server, key, { method, path, ...(body && { body }) });
    return { ...(json as Shown), status };
  };
  const make = async (path: string, body: object): Promise<Shown> => {
    const made = await call('POST', path, body);
    expect([made.status, made['msg']]).toEqual([201, undefined]);
    return made;
  };
  return { call, make };
}

/** Has a labelled listener of the SDK before a service. */
async function listen(server: TestServer, labels: Record<string, string>, url: string, token?: string) {
  const session = await openSession(server, (builder) => (token ? builder.authtoken(token) : builder));
  let builder = session.labeledListener();
  for (const [key, value] of Object.entries(labels)) builder = builder.label(key, value);
  return await builder.listenAndForward(url);
}

const echo = () =>
  startUpstream((incoming, answer) => answer.end(JSON.stringify({ url: incoming.url, headers: incoming.headers })));

const urlAt = (server: TestServer, name: string) => `https://${name}.localhost:${server.ready.https.port}`;
const hostportAt = (server: TestServer, name: string) => `${name}.localhost:${server.ready.https.port}`;

it('each request goes by its route, through the modules of that route, to its backend', async () => {
  const server = await startServer();
  const { make, call } = caller(server);
  const upstream = await echo();
  await listen(server, { app: 'shop', zone: 'a' }, `http://127.0.0.1:${upstream.port}`);
  const tunnels = await make('/backends/tunnel_group', { labels: { app: 'shop' } });
  const closed = await make('/backends/http_response', {
    ...{ body: 'closed ${req.method}', status_code: 503, headers: { 'x-why': 'night' } },
  });
  const edge = await make('/edges/https', { hostports: [hostportAt(server, 'shop')] });
  const routes = `/edges/https/${edge.id}/routes`;
  const api = await make(routes, {
    ...{ match_type: 'path_prefix', match: '/api', backend: { backend_id: tunnels.id } },
    request_headers: { add: { 'x-from': 'edge' }, remove: ['x-secret'] },
    response_headers: { add: { 'x-via': 'edge' } },
  });
  await make(routes, { match_type: 'path_prefix', match: '/', backend: { backend_id: closed.id } });
  const url = urlAt(server, 'shop');
  // The route that was made last is there last. Nothing in its text is an expression.
  const closedPage = { status: 503, body: 'closed ${req.method}' };
  await expect.poll(() => visit(server, `${url}/other`)).toMatchObject(closedPage);
  const seen = await visit(server, `${url}/api/1`, { headers: { 'x-secret': 'test' } });
  expect(seen.headers['x-via']).toBe('edge');
  const { headers } = JSON.parse(seen.body) as { headers: Record<string, string> };
  expect(headers).toMatchObject({ 'x-from': 'edge', 'x-forwarded-for': '127.0.0.1', host: new URL(url).host });
  expect(headers['x-secret']).toBeUndefined();

  expect(await call('GET', '/tunnels')).toMatchObject({ tunnels: [{ labels: { app: 'shop', zone: 'a' } }] });
  expect(await call('GET', `/backends/tunnel_group/${tunnels.id}`)).toMatchObject({ tunnels: [{}] });
  expect(await call('GET', `/edges/https/${edge.id}`)).toMatchObject({ offline: null, routes: [{}, { id: api.id }] });
  const endpoints = (await call('GET', '/endpoints'))['endpoints'] as Shown[];
  expect(endpoints).toMatchObject([{ type: 'edge', url, edge: { id: edge.id } }]);

  await call('DELETE', `${routes}/${api.id}`);
  await expect.poll(async () => (await visit(server, `${url}/api/1`)).status).toBe(503);
  await call('DELETE', `/edges/https/${edge.id}`);
  await expect.poll(async () => (await visit(server, url)).status).toBe(404);
  expect((await call('GET', '/endpoints'))['endpoints']).toEqual([]);
});

it('a failover backend serves from its second when the tunnels of its first are gone', async () => {
  const server = await startServer();
  const { make } = caller(server);
  const upstream = await echo();
  const listener = await listen(server, { app: 'shop' }, `http://127.0.0.1:${upstream.port}`);
  const tunnels = await make('/backends/tunnel_group', { labels: { app: 'shop' } });
  const closed = await make('/backends/http_response', { body: 'closed' });
  const backend = await make('/backends/failover', { backends: [tunnels.id, closed.id] });
  const edge = await make('/edges/https', { hostports: [hostportAt(server, 'shop')] });
  const route = { match_type: 'path_prefix', match: '/', backend: { backend_id: backend.id } };
  await make(`/edges/https/${edge.id}/routes`, route);
  const bodyOf = async () => (await visit(server, urlAt(server, 'shop'))).body;
  await expect.poll(bodyOf).toContain('"url":"/"');
  await listener.close();
  await expect.poll(bodyOf).toBe('closed');
});

it('[invariant: revoked-means-now] a module is enforced on live streams, which others of its kind are not cut by', async () => {
  const server = await startServer();
  const { make, call } = caller(server);
  const upstream = await echo();
  new WebSocketServer({ server: upstream.server });
  await listen(server, { app: 'shop', zone: 'a' }, `http://127.0.0.1:${upstream.port}`);
  await listen(server, { app: 'shop', zone: 'b' }, `http://127.0.0.1:${upstream.port}`);
  const tunnels = await make('/backends/tunnel_group', { labels: { app: 'shop' } });
  const both = await make('/backends/weighted', { backends: { [tunnels.id]: 1 } });
  const edge = await make('/edges/https', { hostports: [hostportAt(server, 'shop')] });
  const route = { match_type: 'path_prefix', match: '/', backend: { backend_id: both.id } };
  const { id } = await make(`/edges/https/${edge.id}/routes`, route);
  const url = urlAt(server, 'shop');
  await expect.poll(async () => (await visit(server, url)).status).toBe(200);
  const sockets = Array.from({ length: 8 }, () => openWebSocket(server, url));
  await Promise.all(sockets.map((socket) => once(socket, 'open')));

  const modules = `/edges/https/${edge.id}/routes/${id}`;
  await call('PUT', `${modules}/response_headers`, { add: { 'x-a': 'b' } });
  await expect.poll(async () => (await visit(server, url)).headers['x-a']).toBe('b');
  expect(sockets.map(({ readyState }) => readyState)).toEqual(sockets.map(({ OPEN }) => OPEN));

  const policy = await make('/ip_policies', {});
  const rule = await make('/ip_policy_rules', { cidr: '127.0.0.0/8', action: 'allow', ip_policy_id: policy.id });
  await call('PUT', `${modules}/ip_restriction`, { ip_policy_ids: [policy.id] });
  expect((await visit(server, url)).status).toBe(200);
  const gone = Promise.all(sockets.map((socket) => once(socket, 'close')));
  const startMs = performance.now();
  await call('DELETE', `/ip_policy_rules/${rule.id}`);
  await gone;
  expect(performance.now() - startMs).toBeLessThan(boundMs);
  expect((await visit(server, url)).status).toBe(403);
});

it('a webhook that is not signed does not reach the tunnel', async () => {
  const server = await startServer();
  const { make, call } = caller(server);
  const upstream = await echo();
  await listen(server, { app: 'hooks' }, `http://127.0.0.1:${upstream.port}`);
  const tunnels = await make('/backends/tunnel_group', { labels: { app: 'hooks' } });
  const edge = await make('/edges/https', { hostports: [hostportAt(server, 'hooks')] });
  const route = await make(`/edges/https/${edge.id}/routes`, {
    ...{ match_type: 'exact_path', match: '/hook', backend: { backend_id: tunnels.id } },
    webhook_verification: { provider: 'github', secret: '${secret}' },
  });
  const signature = `sha256=${createHmac('sha256', '${secret}').update('{}').digest('hex')}`;
  const send = async (signed: string) =>
    (
      await visit(server, `${urlAt(server, 'hooks')}/hook`, {
        ...{ method: 'POST', body: '{}', headers: { 'x-hub-signature-256': signed } },
      })
    ).status;
  await expect.poll(() => send(signature)).toBe(200);
  expect(await send(signature.replace(/.$/, (last) => (last === '0' ? '1' : '0')))).toBe(403);
  // Changed without its secret it would be open, or closed for all: it is refused.
  const path = `/edges/https/${edge.id}/routes/${route.id}/webhook_verification`;
  expect(await call('PUT', path, { provider: 'github' })).toMatchObject({ status: 400 });
  expect(await send(signature)).toBe(200);
});

test('the WebSockets of a route are the bytes of its service, if it has the module', async () => {
  const server = await startServer();
  const { make, call } = caller(server);
  const service = await startTcpService((socket) => socket.pipe(socket));
  await listen(server, { app: 'raw' }, `tcp://127.0.0.1:${service.port}`);
  const tunnels = await make('/backends/tunnel_group', { labels: { app: 'raw' } });
  const edge = await make('/edges/https', { hostports: [hostportAt(server, 'raw')] });
  const route = { match_type: 'path_prefix', match: '/', backend: { backend_id: tunnels.id } };
  const { id } = await make(`/edges/https/${edge.id}/routes`, route);
  await call('PUT', `/edges/https/${edge.id}/routes/${id}/websocket_tcp_converter`, {});
  await expect.poll(async () => (await visit(server, urlAt(server, 'raw'))).body).toContain('ERR_ADIT_3206');
  const socket = openWebSocket(server, urlAt(server, 'raw'));
  await once(socket, 'open');
  socket.send(Buffer.from('hello'));
  const [answer] = (await once(socket, 'message')) as [Buffer];
  expect(answer.toString()).toBe('hello');
});

test('a TCP edge carries the connections of its port to a tunnel', async () => {
  const server = await startServer();
  const { make, call } = caller(server);
  const service = await startTcpService((socket) => socket.pipe(socket));
  await listen(server, { app: 'db' }, `tcp://127.0.0.1:${service.port}`);
  const { addr } = await make('/reserved_addrs', {});
  const port = Number(String(addr).split(':')[1]);
  const tunnels = await make('/backends/tunnel_group', { labels: { app: 'db' } });
  const edge = await make('/edges/tcp', { hostports: [addr], backend: { backend_id: tunnels.id } });
  const say = async (words: string): Promise<string> => {
    const socket = openTcp(port);
    socket.end(words);
    return await text(socket).catch(() => '');
  };
  await expect.poll(() => say('hello')).toBe('hello');
  const policy = await make('/ip_policies', {});
  await call('PUT', `/edges/tcp/${edge.id}/ip_restriction`, { ip_policy_ids: [policy.id] });
  await expect.poll(() => say('hello')).toBe('');
  await call('DELETE', `/edges/tcp/${edge.id}/ip_restriction`);
  await expect.poll(() => say('hello')).toBe('hello');
});

test('a TLS edge ends the TLS of its visitors if it has the module, and passes it on if not', async () => {
  const server = await startServer();
  const { make, call } = caller(server);
  const seen: Buffer[] = [];
  const firstBytes = () => seen.map(([first]) => first);
  const service = await startTcpService((socket) => {
    // Answers what it was told: whoever has the answer knows that all before it arrived.
    socket.on('data', (piece) => seen.push(piece)).once('data', () => socket.end('from the service'));
  });
  await listen(server, { app: 'raw' }, `tcp://127.0.0.1:${service.port}`);
  const tunnels = await make('/backends/tunnel_group', { labels: { app: 'raw' } });
  const edge = await make('/edges/tls', {
    ...{ hostports: [hostportAt(server, 'raw')], backend: { backend_id: tunnels.id } },
    tls_termination: { min_version: '1.3' },
  });
  const open = () => {
    const { port } = server.ready.https;
    const socket = connect({ host: '127.0.0.1', port, servername: 'raw.localhost', ca: server.ca });
    socket.on('error', () => undefined).write('hello');
    return socket;
  };
  await expect.poll(() => text(open()).catch(() => '')).toBe('from the service');
  expect(Buffer.concat(seen).toString()).toBe('hello');
  seen.length = 0;
  await call('DELETE', `/edges/tls/${edge.id}/tls_termination`);
  // A ClientHello; before the change is there, some of these may end at the edge and say hello once more.
  await expect.poll(() => (open(), firstBytes())).toContain(22);
});

it('a static backend is reached by the server itself, where the operator allows the address', async () => {
  const upstream = await echo();
  const closed = await startServer();
  const open = await startServer({ args: ['--outgoing-network', '127.0.0.0/8'] });
  for (const [server, status] of [
    [closed, 502],
    [open, 200],
  ] as const) {
    const { make } = caller(server);
    const backend = await make('/backends/static', { address: `127.0.0.1:${upstream.port}` });
    const edge = await make('/edges/https', { hostports: [hostportAt(server, 'old')] });
    const route = { match_type: 'path_prefix', match: '/', backend: { backend_id: backend.id } };
    await make(`/edges/https/${edge.id}/routes`, route);
    await expect.poll(async () => (await visit(server, `${urlAt(server, 'old')}/a`)).status).toBe(status);
  }
});

it('what the account requires has to be in every route, or the route is offline', async () => {
  const server = await startServer();
  const { make, call } = caller(server);
  const backend = await make('/backends/http_response', { body: 'in' });
  const edge = await make('/edges/https', { hostports: [hostportAt(server, 'shop')] });
  const route = { match_type: 'path_prefix', match: '/', backend: { backend_id: backend.id } };
  const { id } = await make(`/edges/https/${edge.id}/routes`, route);
  const url = urlAt(server, 'shop');
  await expect.poll(async () => (await visit(server, url)).body).toBe('in');
  await make('/account_rules', { require: ['user-agent-filter'] });
  await expect.poll(async () => (await visit(server, url)).status).toBe(404);
  expect(await call('GET', `/edges/https/${edge.id}`)).toMatchObject({ offline: { error_code: 'ERR_ADIT_9409' } });
  await call('PUT', `/edges/https/${edge.id}/routes/${id}/user_agent_filter`, { deny: ['bot'] });
  const headers = { 'user-agent': 'test' };
  await expect.poll(async () => (await visit(server, url, { headers })).body).toBe('in');
  expect(await call('GET', `/edges/https/${edge.id}`)).toMatchObject({ offline: null });
});

it('edges are there again after a restart, when the server is ready', async () => {
  const before = await startServer();
  const { apiKey } = firstRunOf(before);
  const { make } = caller(before);
  const backend = await make('/backends/http_response', { body: 'kept' });
  const weighted = await make('/backends/weighted', { backends: { [backend.id]: 1 } });
  const edge = await make('/edges/https', { hostports: [hostportAt(before, 'kept')] });
  const route = { match_type: 'path_prefix', match: '/', backend: { backend_id: weighted.id } };
  await make(`/edges/https/${edge.id}/routes`, route);
  await before.process.stop('SIGKILL');
  const after = await startServer({ dataDir: before.dataDir });
  expect(await caller(after, apiKey).call('GET', `/edges/https/${edge.id}`)).toMatchObject({ offline: null });
  expect(await visit(after, urlAt(after, 'kept'))).toMatchObject({ status: 200, body: 'kept' });
});

it('[invariant: tenancy-in-every-key] nobody’s edge reaches the tunnels of another account, whatever their labels', async () => {
  const server = await startServer();
  const { make } = caller(server);
  await adminJson(server.dataDir, ['account', 'create', 'others', '--administrator', 'ada']);
  const words = ['--account', 'others', '--user', 'ada', '--kind', 'api_key'];
  const key = await createKey(server.dataDir, words);
  const theirs = caller(server, key);
  const upstream = await echo();
  await listen(server, { app: 'shop' }, `http://127.0.0.1:${upstream.port}`);
  const ours = await make('/backends/tunnel_group', { labels: { app: 'shop' } });
  const same = await theirs.make('/backends/tunnel_group', { labels: { app: 'shop' } });
  expect(same['tunnels']).toEqual([]);
  const edge = await theirs.make('/edges/https', { hostports: [hostportAt(server, 'theirs')] });
  const routes = `/edges/https/${edge.id}/routes`;
  const match = { match_type: 'path_prefix', match: '/' };
  expect(await theirs.call('POST', routes, { ...match, backend: { backend_id: ours.id } })).toMatchObject({
    status: 400,
  });
  await theirs.make(routes, { ...match, backend: { backend_id: same.id } });
  const policy = `on_http_request: [{actions: [{type: forward-internal, config: {url: "https://${ours.id}"}}]}]`;
  await theirs.make('/endpoints', { url: 'https://other.localhost', traffic_policy: policy });
  for (const name of ['theirs', 'other']) {
    await expect.poll(async () => (await visit(server, urlAt(server, name))).body).toContain('ERR_ADIT_3200');
  }
});
