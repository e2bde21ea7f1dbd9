// What an account decides for all its endpoints: rules around theirs, and policies that they must have of their own.
import { expect, it } from 'vitest';
import { adminJson, createKey } from './support/admin.ts';
import { startAgent } from './support/agent.ts';
import { forwardWithPolicy, openSession } from './support/ngrok-session.ts';
import { firstRunOf, startServer, type TestServer } from './support/server.ts';
import { openTcp, startTcpService } from './support/tcp.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, visit } from './support/visitor.ts';

interface Shown extends Record<string, unknown> {
  readonly id: string;
}

async function call(server: TestServer, method: string, path: string, body?: object, key = firstRunOf(server).apiKey) {
  return await callApi(server, key, { method, path, ...(body && { body }) });
}

/** Makes one through the API; answers it as it is shown. */
async function make(server: TestServer, path: string, body: object): Promise<Shown> {
  const { status, json } = await call(server, 'POST', path, body);
  expect([status, json['msg']]).toEqual([201, undefined]);
  return json as Shown;
}

/** An API key and an authtoken of another account's administrator. */
async function otherAccount({ dataDir }: TestServer) {
  await adminJson(dataDir, ['account', 'create', 'others', '--administrator', 'ada']);
  const create = (kind: string) => createKey(dataDir, ['--account', 'others', '--user', 'ada', '--kind', kind]);
  return { apiKey: await create('api_key'), authtoken: await create('authtoken') };
}

it('rules of the account come first on requests and last on answers, and an endpoint cannot get around them', async () => {
  const server = await startServer();
  const seen: unknown[] = [];
  const upstream = await startUpstream((request, response) => {
    seen.push(request.headers['x-from']);
    response.setHeader('x-internal', 'the service').end('in');
  });
  // Whoever comes first adds first; what removes last leaves nothing.
  const url = await forwardWithPolicy(
    server,
    `on_http_request:
      - actions: [{type: add-headers, config: {headers: {x-from: endpoint}}}]
      - expressions: [req.url.path == '/open']
        actions: [{type: custom-response, config: {status_code: 200, body: "open to all", headers: {x-internal: endpoint}}}]
on_http_response:
      - actions: [{type: add-headers, config: {headers: {x-internal: endpoint, x-open: "yes"}}}]`,
    upstream.port,
  );
  const before = await visit(server, url);
  expect(before.headers['x-internal']).toContain('endpoint');
  await make(server, '/account_rules', {
    traffic_policy: `
on_http_request:
  - expressions: ["!('x-badge' in req.headers)"]
    actions: [{type: deny, config: {status_code: 418}}]
  - actions: [{type: add-headers, config: {headers: {x-from: account}}}]
on_http_response:
  - actions: [{type: remove-headers, config: {headers: [x-internal]}}]`,
  });
  const headers = { 'x-badge': '1' };
  await expect.poll(async () => (await visit(server, url)).status).toBe(418);
  expect((await visit(server, `${url}/open`)).status).toBe(418);

  seen.length = 0;
  const served = await visit(server, url, { headers });
  expect([served.body, seen, served.headers['x-internal'], served.headers['x-open']]).toEqual([
    ...['in', ['account, endpoint'], undefined, 'yes'],
  ]);
  const answered = await visit(server, `${url}/open`, { headers });
  expect([answered.body, answered.headers['x-internal']]).toEqual(['open to all', undefined]);
});

it('of rules for all endpoints those about HTTP hold for HTTP endpoints, and those about connections for all', async () => {
  const server = await startServer();
  const { authtoken } = firstRunOf(server);
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const service = await startTcpService((socket) => socket.end('hello'));
  const http = await startAgent(server, upstream.port, { authtoken });
  const tcp = await startAgent(server, service.port, { authtoken, command: 'tcp' });
  const heard = () =>
    new Promise<string>((resolve) => {
      let said = '';
      const socket = openTcp(Number(new URL(tcp.url).port)).on('data', (piece) => void (said += String(piece)));
      socket.on('end', () => void socket.end()).on('close', () => resolve(said));
    });
  const { id } = await make(server, '/account_rules', {
    traffic_policy: 'on_http_request: [{actions: [{type: deny}]}]',
  });
  await expect.poll(async () => (await visit(server, http.url)).status).toBe(403);
  expect(await heard()).toBe('hello');
  const traffic_policy = 'on_tcp_connect: [{actions: [{type: deny}]}]';
  await call(server, 'PATCH', `/account_rules/${id}`, { traffic_policy });
  await expect.poll(heard).toBe('');
  // One endpoint after the other gets its new rules.
  const page = () => visit(server, http.url).then(({ body }) => body, String);
  await expect.poll(page).toContain('hang up');
  expect((await call(server, 'DELETE', `/account_rules/${id}`)).status).toBe(204);
  await expect.poll(heard).toBe('hello');
  await expect.poll(page).toBe('in');
});

it('what the account requires every endpoint must have of its own, whoever opens it and how', async () => {
  const server = await startServer();
  const { authtoken } = firstRunOf(server);
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const require = ['restrict-ips {"allow":["127.0.0.0/8"]}'];
  await make(server, '/account_rules', { require });

  const words = 'its account requires restrict-ips {"allow":["127.0.0.0/8"]}';
  const starting = (...args: string[]) => startAgent(server, upstream.port, { authtoken, args });
  // Each time is the start of a process.
  const patient = { timeout: 40_000 };
  await expect.poll(() => starting().then(String, String), patient).toContain(`${words}\nAdd the actions`);
  await expect(starting('--cidr-allow', '0.0.0.0/0')).rejects.toThrow('ERR_ADIT_9409');
  const agent = await starting('--cidr-allow', '127.0.0.0/8');
  expect((await visit(server, agent.url)).body).toBe('in');

  const session = await openSession(server);
  await expect(session.httpEndpoint().listen()).rejects.toThrow(words);
  const policy = (cidr: string) =>
    `on_http_request: [{actions: [{type: restrict-ips, config: {allow: [${cidr}]}}, {type: custom-response, config: {status_code: 200, body: cloud}}]}]`;
  const url = await forwardWithPolicy(server, policy('127.0.0.0/8'), upstream.port);
  expect((await visit(server, url)).body).toBe('cloud');

  const cloud = { url: 'https://cloud.localhost', traffic_policy: policy('0.0.0.0/0') };
  const refused = await call(server, 'POST', '/endpoints', cloud);
  expect([refused.status, refused.json['error_code'], refused.json['msg']]).toEqual([
    ...[403, 'ERR_ADIT_9409', expect.stringContaining(words)],
  ]);
  const made = await make(server, '/endpoints', { ...cloud, traffic_policy: policy('127.0.0.0/8') });
  await expect.poll(async () => (await visit(server, String(made['url']))).body).toBe('cloud');
  const change = await call(server, 'PATCH', `/endpoints/${made.id}`, { traffic_policy: cloud.traffic_policy });
  expect(change.json['error_code']).toBe('ERR_ADIT_9409');
});

it('a changed requirement takes those offline that are without, with the reason, and nobody else', async () => {
  const server = await startServer();
  const { authtoken } = firstRunOf(server);
  const others = await otherAccount(server);
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const args = ['--cidr-allow', '127.0.0.0/8'];
  const [open, closed, theirs] = await Promise.all([
    startAgent(server, upstream.port, { authtoken }),
    startAgent(server, upstream.port, { authtoken, args }),
    startAgent(server, upstream.port, { authtoken: others.authtoken }),
  ]);
  const session = await openSession(server);
  const listener = await session.httpEndpoint().listenAndForward(`http://127.0.0.1:${upstream.port}`);
  const answering = 'on_http_request: [{actions: [{type: custom-response, config: {status_code: 200, body: cloud}}]}]';
  const cloud = await make(server, '/endpoints', { url: 'https://cloud.localhost', traffic_policy: answering });
  const statusOf = async (url: unknown) => (await visit(server, String(url))).status;
  await expect.poll(() => statusOf(cloud['url'])).toBe(200);

  const { id } = await make(server, '/account_rules', { require: ['restrict-ips'] });
  await open.process.waitFor((line) => (line.includes('ERR_ADIT_9409') ? line : undefined));
  for (const url of [open.url, listener.url(), cloud['url']]) await expect.poll(() => statusOf(url)).toBe(404);
  expect([await statusOf(closed.url), await statusOf(theirs.url)]).toEqual([200, 200]);
  await expect(listener.join()).rejects.toThrow('its account requires restrict-ips');
  const shown = (await call(server, 'GET', `/endpoints/${cloud.id}`)).json;
  expect(shown['offline']).toEqual({
    error_code: 'ERR_ADIT_9409',
    msg: expect.stringContaining('its account requires restrict-ips'),
  });

  const restricting = answering.replace('[{type', '[{type: restrict-ips, config: {allow: [127.0.0.1]}}, {type');
  await call(server, 'PATCH', `/endpoints/${cloud.id}`, { traffic_policy: restricting });
  await expect.poll(() => statusOf(cloud['url'])).toBe(200);
  await call(server, 'DELETE', `/account_rules/${id}`);
  const again = await startAgent(server, upstream.port, { authtoken });
  expect(await statusOf(again.url)).toBe(200);
});

it('[invariant: tenancy-in-every-key] rules of one account are nothing to another', async () => {
  const server = await startServer();
  const { authtoken } = firstRunOf(server);
  const others = await otherAccount(server);
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const [ours, theirs] = await Promise.all([
    startAgent(server, upstream.port, { authtoken }),
    startAgent(server, upstream.port, { authtoken: others.authtoken }),
  ]);
  const { id } = await make(server, '/account_rules', {
    traffic_policy: 'on_http_request: [{actions: [{type: deny}]}]',
  });
  await expect.poll(async () => (await visit(server, ours.url)).status).toBe(403);
  expect((await visit(server, theirs.url)).status).toBe(200);
  for (const method of ['GET', 'DELETE', 'PATCH']) {
    const body = method === 'PATCH' ? { require: [] } : undefined;
    const { json } = await call(server, method, `/account_rules/${id}`, body, others.apiKey);
    expect(json['error_code']).toBe('ERR_ADIT_9101');
  }
});
