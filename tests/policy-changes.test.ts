// What is changed in the API is enforced on what lives: HTTP answers under way, WebSockets, streams of events, TCP.
import { type EventEmitter, once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { startAgent } from './support/agent.ts';
import { closed } from './support/closed.ts';
import { forwardWithPolicy, openSession } from './support/ngrok-session.ts';
import { firstRunOf, startServer, type TestServer } from './support/server.ts';
import { openTcp, startTcpService } from './support/tcp.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, openWebSocket, visit, visitorOptions } from './support/visitor.ts';

/** The design's bound for one node. */
const boundMs = 2_000;

/** Makes one through the API; answers its id. */
async function make(server: TestServer, path: string, body: object): Promise<string> {
  const { status, json } = await callApi(server, firstRunOf(server).apiKey, { method: 'POST', path, body });
  expect([status, json['msg']]).toEqual([201, undefined]);
  return String(json['id']);
}

async function change(server: TestServer, path: string, body: object) {
  return await callApi(server, firstRunOf(server).apiKey, { method: 'PATCH', path, body });
}

/** An answer that has begun and never ends. */
async function openAnswer(server: TestServer, url: string): Promise<IncomingMessage> {
  const sent = request({ ...visitorOptions(server, url), agent: new Agent() })
    .on('error', () => undefined)
    .end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  await once(answer, 'data');
  return answer.on('error', () => undefined).resume();
}

/** Made before there is an endpoint; answers what denies 127.0.0.1. */
type Denial = (server: TestServer) => Promise<() => Promise<unknown>>;

const byIpPolicy: Denial = async (server) => {
  const policy = await make(server, '/ip_policies', {});
  await make(server, '/ip_policy_rules', { ip_policy_id: policy, action: 'allow', cidr: '0.0.0.0/0' });
  await make(server, '/ip_restrictions', { type: 'endpoints', enforced: true, ip_policy_ids: [policy] });
  return () => make(server, '/ip_policy_rules', { ip_policy_id: policy, action: 'deny', cidr: '127.0.0.1/32' });
};

const byAccountRule: Denial = async (server) => {
  const rules = await make(server, '/account_rules', {});
  const traffic_policy = 'on_tcp_connect: [{actions: [{type: restrict-ips, config: {deny: [127.0.0.1]}}]}]';
  return () => change(server, `/account_rules/${rules}`, { traffic_policy });
};

it('[invariant: revoked-means-now] an address that is denied loses its live streams of every kind', () =>
  losesLiveStreams(byIpPolicy));

it('[invariant: revoked-means-now] whom a new rule for all endpoints refuses loses live streams of every kind', () =>
  losesLiveStreams(byAccountRule));

async function losesLiveStreams(prepare: Denial): Promise<void> {
  const server = await startServer();
  const { authtoken } = firstRunOf(server);
  const deny = await prepare(server);
  const upstream = await startUpstream((incoming, response) => {
    const isEvents = incoming.url === '/events';
    response.writeHead(200, { 'content-type': isEvents ? 'text/event-stream' : 'text/plain' });
    response.write(isEvents ? 'data: 1\n\n' : 'begun');
  });
  new WebSocketServer({ server: upstream.server });
  const service = await startTcpService((socket) => socket.write('hello'));
  const agent = await startAgent(server, upstream.port, { authtoken });
  const tcp = await startAgent(server, service.port, { authtoken, command: 'tcp' });

  const live = {
    answer: await openAnswer(server, agent.url),
    events: await openAnswer(server, `${agent.url}/events`),
    tcp: openTcp(Number(new URL(tcp.url).port)),
    websocket: openWebSocket(server, agent.url),
  };
  await Promise.all([once(live.websocket, 'open'), once(live.tcp, 'data')]);
  live.tcp.resume();
  expect([live.answer.statusCode, live.events.statusCode]).toEqual([200, 200]);
  const over = Object.entries<EventEmitter>(live).map(async ([kind, stream]) => {
    await closed(stream);
    return { kind, atMs: performance.now() };
  });

  const deniedAt = performance.now();
  await deny();
  for (const { kind, atMs } of await Promise.all(over)) {
    console.log(`denied → ${kind} closed: ${(atMs - deniedAt).toFixed(1)} ms`);
    expect(atMs - deniedAt).toBeLessThan(boundMs);
  }
  const refused = await visit(server, agent.url);
  expect([refused.status, refused.headers['adit-error-code']]).toEqual([403, 'ERR_ADIT_3205']);
}

it('visitors get in again as soon as a restriction is not enforced', async () => {
  const server = await startServer();
  const upstream = await startUpstream((_, response) => response.end('in'));
  const agent = await startAgent(server, upstream.port, { authtoken: firstRunOf(server).authtoken });
  const policy = await make(server, '/ip_policies', {});
  const body = { type: 'endpoints', enforced: true, ip_policy_ids: [policy] };
  const restriction = await make(server, '/ip_restrictions', body);
  await expect.poll(async () => (await visit(server, agent.url)).status).toBe(403);
  expect((await change(server, `/ip_restrictions/${restriction}`, { enforced: false })).status).toBe(200);
  await expect.poll(async () => (await visit(server, agent.url)).status).toBe(200);
});

it('a secret that changes counts from the next request, and closes what rested on the old one', async () => {
  const server = await startServer();
  const upstream = await startUpstream((_, response) => response.end('in'));
  new WebSocketServer({ server: upstream.server });
  const vault = await make(server, '/vaults', { name: 'web' });
  const secret = await make(server, '/vault_secrets', { name: 'ann', value: 'first secret', vault_id: vault });
  const policy = `on_http_request: [{actions: [{type: basic-auth, config: {credentials: ["ann:\${secrets.get('web', 'ann')}"]}}]}]`;
  const url = await forwardWithPolicy(server, policy, upstream.port);
  const as = (password: string) => ({ authorization: `Basic ${Buffer.from(`ann:${password}`).toString('base64')}` });
  const statusOf = async (password: string) => (await visit(server, url, { headers: as(password) })).status;
  expect([await statusOf('first secret'), await statusOf('second secret')]).toEqual([200, 401]);

  const socket = openWebSocket(server, url.replace('https://', 'https://ann:first%20secret@'));
  await once(socket, 'open');
  const closed = once(socket, 'close');
  const changedAt = performance.now();
  expect((await change(server, `/vault_secrets/${secret}`, { value: 'second secret' })).status).toBe(200);
  await closed;
  console.log(`secret changed → WebSocket closed: ${(performance.now() - changedAt).toFixed(1)} ms`);
  expect(performance.now() - changedAt).toBeLessThan(boundMs);
  expect([await statusOf('first secret'), await statusOf('second secret')]).toEqual([401, 200]);
});

it('agents and callers of the API are kept to their addresses, and nobody locks himself out', async () => {
  const server = await startServer();
  const { authtoken } = firstRunOf(server);
  const upstream = await startUpstream((_, response) => response.end('in'));
  const agent = await startAgent(server, upstream.port, { authtoken });
  const policy = await make(server, '/ip_policies', {});
  await make(server, '/ip_policy_rules', { ip_policy_id: policy, action: 'allow', cidr: '10.0.0.0/8' });

  const api = { type: 'api', enforced: true, ip_policy_ids: [policy] };
  const locked = await callApi(server, firstRunOf(server).apiKey, {
    method: 'POST',
    path: '/ip_restrictions',
    body: api,
  });
  expect([locked.status, locked.json['error_code']]).toEqual([409, 'ERR_ADIT_9116']);

  await make(server, '/ip_restrictions', { type: 'agent', enforced: true, ip_policy_ids: [policy] });
  await expect.poll(async () => (await visit(server, agent.url)).status).toBe(404);
  await expect(openSession(server)).rejects.toThrow('ERR_NGROK_115');

  const own = await make(server, '/ip_policy_rules', { ip_policy_id: policy, action: 'allow', cidr: '127.0.0.0/8' });
  await make(server, '/ip_restrictions', api);
  const call = { method: 'DELETE', path: `/ip_policy_rules/${own}` };
  expect((await callApi(server, firstRunOf(server).apiKey, call)).json['error_code']).toBe('ERR_ADIT_9116');
  await openSession(server);
});
