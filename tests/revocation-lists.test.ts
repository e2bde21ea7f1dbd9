// Certificates of visitors that their authority has revoked, by the list that an account keeps of it.
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { adminJson, createKey } from './support/admin.ts';
import { closed } from './support/closed.ts';
import { openSession } from './support/ngrok-session.ts';
import { OpensslAuthority } from './support/openssl-authority.ts';
import type { Pair } from './support/own-certificate.ts';
import { firstRunOf, startServer, type TestServer } from './support/server.ts';
import { startTcpService } from './support/tcp.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, openWebSocket, visitorOptions } from './support/visitor.ts';

/** The design's bound for one node. */
const boundMs = 2_000;

interface Keys {
  readonly apiKey: string;
  readonly authtoken: string;
}

async function call(server: TestServer, { apiKey }: Keys, method: string, path: string, body: object) {
  const { status, json } = await callApi(server, apiKey, { method, path, body });
  expect([status, json['msg']]).toEqual([method === 'POST' ? 201 : 200, undefined]);
  return json as { readonly id: string; readonly [field: string]: unknown };
}

async function otherAccount({ dataDir }: TestServer): Promise<Keys> {
  await adminJson(dataDir, ['account', 'create', 'globex']);
  await adminJson(dataDir, ['user', 'create', 'eve', '--account', 'globex']);
  const of = ['--account', 'globex', '--user', 'eve'];
  return {
    apiKey: await createKey(dataDir, [...of, '--kind', 'api_key']),
    authtoken: await createKey(dataDir, of),
  };
}

const policyOf = (authority: string) =>
  JSON.stringify({
    on_tcp_connect: [
      { actions: [{ type: 'terminate-tls', config: { mutual_tls_certificate_authorities: [authority] } }] },
    ],
  });

/** An https endpoint of that account before the port; answers its URL. */
async function openEndpoint(server: TestServer, { authtoken }: Keys, authority: string, port: number): Promise<string> {
  const session = await openSession(server, (builder) => builder.authtoken(authtoken));
  const endpoint = session.httpEndpoint().trafficPolicy(policyOf(authority));
  return String((await endpoint.listenAndForward(`http://127.0.0.1:${port}`)).url());
}

/** A request with that certificate on a connection of its own; what becomes of it. */
async function visitWith(server: TestServer, url: string, pair: Pair): Promise<string> {
  try {
    const [answer] = await once(request({ ...visitorOptions(server, url), ...pair, agent: false }).end(), 'response');
    return `${answer.statusCode} ${await text(answer)}`;
  } catch {
    return 'refused';
  }
}

async function openSocket(server: TestServer, url: string, pair: Pair) {
  const socket = openWebSocket(server, url, [], pair);
  onTestFinished(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

it('[invariant: revoked-means-now] a new list refuses whom it names and cuts their live streams, and nobody else', async (context) => {
  const ca = await OpensslAuthority.make(context);
  const [ann, bob] = [await ca.issue('ann'), await ca.issue('bob')];
  const server = await startServer();
  const [mine, theirs] = [firstRunOf(server), await otherAccount(server)];
  const upstream = await startUpstream((_, answer) => answer.end('in'));
  new WebSocketServer({ server: upstream.server });
  const service = await startTcpService((socket) => void socket.pipe(socket));
  const path = '/certificate_authorities';
  const authority = await call(server, mine, 'POST', path, {
    ca_pem: ca.cert,
    revocation_list_pem: await ca.list(),
  });
  const other = await call(server, theirs, 'POST', path, { ca_pem: ca.cert });
  const url = await openEndpoint(server, mine, authority.id, upstream.port);
  const otherUrl = await openEndpoint(server, theirs, other.id, upstream.port);
  const session = await openSession(server);
  await session
    .tlsEndpoint()
    .domain('raw.localhost')
    .trafficPolicy(policyOf(authority.id))
    .listenAndForward(`tcp://127.0.0.1:${service.port}`);

  const http2 = connectHttp2(url.replace(/\/\/[^:]+/, '//127.0.0.1'), {
    ...{ ca: server.ca, servername: new URL(url).hostname, ...ann },
  });
  onTestFinished(() => http2.destroy());
  const askAgain = async () => {
    const [headers] = await once(http2.request({ ':authority': new URL(url).host }).resume(), 'response');
    return headers[':status'];
  };
  const raw = connect({
    ...{ host: '127.0.0.1', port: server.ready.https.port, servername: 'raw.localhost', ca: server.ca, ...ann },
  }).on('error', () => undefined);
  onTestFinished(() => void raw.destroy());
  raw.write('ping');
  expect(String((await once(raw, 'data'))[0])).toBe('ping');
  const [anns, bobs, elsewhere] = [
    await openSocket(server, url, ann),
    await openSocket(server, url, bob),
    await openSocket(server, otherUrl, ann),
  ];
  expect(await askAgain()).toBe(200);

  await ca.revoke('ann');
  const cut = Promise.all([closed(anns), closed(raw.resume())]);
  const list = await ca.list();
  const changedAt = performance.now();
  const changed = await call(server, mine, 'PATCH', `${path}/${authority.id}`, { revocation_list_pem: list });
  expect(changed['revocation_lists']).toMatchObject([{ issuer_common_name: 'Example CA', revoked_count: 1 }]);
  await cut;
  expect(performance.now() - changedAt).toBeLessThan(boundMs);
  expect(await askAgain()).toBe(421);
  expect(await visitWith(server, url, ann)).toBe('refused');
  expect(await visitWith(server, url, bob)).toBe('200 in');
  expect(await visitWith(server, otherUrl, ann)).toBe('200 in');
  expect([bobs.readyState, elsewhere.readyState]).toEqual([bobs.OPEN, elsewhere.OPEN]);

  await call(server, mine, 'PATCH', `${path}/${authority.id}`, { revocation_list_pem: '' });
  await expect.poll(() => visitWith(server, url, ann)).toBe('200 in');
});

it('an edge asks for certificates that the authority of its module has not revoked', async (context) => {
  const ca = await OpensslAuthority.make(context);
  const [ann, bob] = [await ca.issue('ann'), await ca.issue('bob')];
  await ca.revoke('ann');
  const server = await startServer();
  const keys = firstRunOf(server);
  const authority = await call(server, keys, 'POST', '/certificate_authorities', { ca_pem: ca.cert });
  const backend = await call(server, keys, 'POST', '/backends/http_response', { body: 'in' });
  const edge = await call(server, keys, 'POST', '/edges/https', {
    hostports: [`shop.localhost:${server.ready.https.port}`],
    mutual_tls: { certificate_authority_ids: [authority.id] },
  });
  const route = { match_type: 'path_prefix', match: '/', backend: { backend_id: backend.id } };
  await call(server, keys, 'POST', `/edges/https/${edge.id}/routes`, route);
  const url = `https://shop.localhost:${server.ready.https.port}`;
  await expect.poll(() => visitWith(server, url, ann)).toBe('200 in');
  await call(server, keys, 'PATCH', `/certificate_authorities/${authority.id}`, {
    revocation_list_pem: await ca.list(),
  });
  await expect.poll(() => visitWith(server, url, ann)).toBe('refused');
  expect(await visitWith(server, url, bob)).toBe('200 in');
});
