// Where visitors are, by databases that the test writes: this machine is in Germany, or wherever it says.
import { once } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { makeMmdb } from '../packages/server/src/geo/make-mmdb.testkit.ts';
import { startAgent } from './support/agent.ts';
import { forwardWithPolicy } from './support/ngrok-session.ts';
import { startAdit } from './support/process.ts';
import { firstRunOf, newDataDir, startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, openWebSocket, visit } from './support/visitor.ts';

/** The design's bound for one node. */
const boundMs = 2_000;

const countries = (code: string): Buffer => makeMmdb({ '127.0.0.0/8': { country: { iso_code: code } } });
const networks = makeMmdb({ '127.0.0.0/8': { autonomous_system_number: 64_500 } });

/** A file of its own, that can be replaced. */
async function databaseFile(bytes: Buffer): Promise<{ file: string; replace(by: Buffer): Promise<void> }> {
  const file = join(await newDataDir(), 'addresses.mmdb');
  const replace = async (by: Buffer) => {
    await writeFile(`${file}.new`, by);
    await rename(`${file}.new`, file);
  };
  await replace(bytes);
  return { file, replace };
}

async function callEndpoints(server: TestServer, method: string, traffic_policy: string, id?: string) {
  const body = id === undefined ? { url: 'https://shop.localhost', traffic_policy } : { traffic_policy };
  return await callApi(server, firstRunOf(server).apiKey, {
    method,
    path: id === undefined ? '/endpoints' : `/endpoints/${id}`,
    body,
  });
}

it('an endpoint lets in who is where it allows, by a database of that moment', async () => {
  const places = await databaseFile(countries('DE'));
  const systems = await databaseFile(networks);
  const server = await startServer({ args: ['--geo-database', places.file, '--geo-database', systems.file] });
  const seen: unknown[] = [];
  const upstream = await startUpstream((request, response) => {
    seen.push(request.headers['x-from']);
    response.end('in');
  });
  const policy = `
on_tcp_connect: [{actions: [{type: geo, config: {allow: {countries: [DE]}, deny: {as_numbers: [64501]}}}]}]
on_http_request:
  - expressions: ["actions.adit.geo.action == 'allow'"]
    actions:
      - {type: add-headers, config: {headers: {x-from: "\${conn.geo.country_code} \${conn.client_ip.as.number}"}}}`;
  const url = await forwardWithPolicy(server, policy, upstream.port);
  expect(await visit(server, url)).toMatchObject({ status: 200, body: 'in' });

  await places.replace(countries('FR'));
  await expect.poll(async () => (await visit(server, url)).status).toBe(403);
  const refused = await visit(server, url, { headers: { accept: 'application/json' } });
  expect(refused.headers['adit-error-code']).toBe('ERR_ADIT_9615');
  const before = seen.length;

  await places.replace(countries('DE').subarray(0, 100));
  await expect.poll(() => server.process.stderr()).toContain('not a whole one');
  expect((await visit(server, url)).status).toBe(403);
  expect(seen.length).toBe(before);
  expect(new Set(seen)).toEqual(new Set(['DE 64500']));
});

it('[invariant: revoked-means-now] a policy that no longer allows where a visitor is cuts his WebSocket', async () => {
  const { file } = await databaseFile(countries('DE'));
  const server = await startServer({ args: ['--geo-database', file] });
  const upstream = await startUpstream((_, response) => response.end('in'));
  new WebSocketServer({ server: upstream.server });
  await startAgent(server, upstream.port, {
    authtoken: firstRunOf(server).authtoken,
    args: ['--url', 'https://users.internal'],
  });
  const allowing = (code: string): string =>
    `on_tcp_connect: [{actions: [{type: geo, config: {allow: {countries: [${code}]}}}]}]\n` +
    'on_http_request: [{actions: [{type: forward-internal, config: {url: "https://users.internal"}}]}]';
  const { json } = await callEndpoints(server, 'POST', allowing('DE'));
  const url = String(json['url']);
  await expect.poll(async () => (await visit(server, url)).body).toBe('in');
  const socket = openWebSocket(server, url);
  await once(socket, 'open');
  const closed = once(socket, 'close');

  const changedAt = performance.now();
  expect((await callEndpoints(server, 'PATCH', allowing('FR'), String(json['id']))).status).toBe(200);
  await closed;
  console.log(`policy changed → WebSocket closed: ${(performance.now() - changedAt).toFixed(1)} ms`);
  expect(performance.now() - changedAt).toBeLessThan(boundMs);
  const refused = await visit(server, url);
  expect([refused.status, refused.headers['adit-error-code']]).toEqual([403, 'ERR_ADIT_9615']);
});

it('a server without a database refuses to save what asks for one, and says which option it is', async () => {
  const server = await startServer();
  const end = 'on_http_request: [{actions: [{type: deny}]}]';
  const module = `on_tcp_connect: [{actions: [{type: geo, config: {deny: {countries: [DE]}}}]}]\n${end}`;
  const expression = `on_tcp_connect: [{expressions: ["conn.geo.country == 'France'"], actions: [{type: deny}]}]\n${end}`;
  for (const [policy, code] of [
    [module, 'ERR_ADIT_9616'],
    [expression, 'ERR_ADIT_2200'],
  ] as const) {
    const { status, json } = await callEndpoints(server, 'POST', policy);
    expect([status, json['error_code']]).toEqual([400, code]);
    expect(json['msg']).toContain('geo-database');
  }
});

it.each([
  ['is not there', undefined, 'it does not exist'],
  ['is cut off', countries('DE').subarray(0, 100), 'it is no database in the format of MaxMind, or not a whole one'],
  [
    'says nothing of addresses',
    makeMmdb({ '127.0.0.0/8': { domain: 'localhost' } }),
    'it says nothing of what is known',
  ],
])('a server does not start with a database that %s', async (_, bytes, reason) => {
  const dataDir = await newDataDir();
  const file = join(dataDir, 'addresses.mmdb');
  if (bytes) await writeFile(file, bytes);
  const ports = ['--https-port', '0', '--http-port', '0'];
  const adit = startAdit(['server', '--data-dir', join(dataDir, 'data'), ...ports, '--geo-database', file]);
  onTestFinished(async () => void (await adit.stop('SIGKILL')));
  await once(adit.child, 'close');
  expect(adit.child.exitCode).toBe(2);
  expect(adit.stderr()).toContain('ERR_ADIT_9280');
  expect(adit.stderr()).toContain(`"${file}": ${reason}`);
});
