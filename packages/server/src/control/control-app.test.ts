import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type http from 'node:http';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { AditError, isId, newId } from '@adit/contracts';
import {
  apiKeyList,
  credential,
  credentialList,
  endpoints as endpointContract,
  errorBody,
  tunnel,
} from '@adit/contracts/api';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Endpoint } from '../domain/endpoint.ts';
import { newSecret } from '../domain/secret.ts';
import { addPerson, makeEndpoint, openWorld, type Person, type World } from './control.testkit.ts';
import type { ControlDeps } from './control-deps.ts';

let world: World;
let admin: Person;

// One world, and an account of its own for each test.
beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  for (const list of [world.endpoints, world.notices, world.logged]) list.length = 0;
  world.readiness = { isReady: true };
  admin = await addPerson(world.store, 'administrator');
});
afterAll(() => world.dispose());

function call(request: InjectOptions) {
  return world.app.inject({ ...request, headers: { authorization: `Bearer ${admin.key}`, ...request.headers } });
}

describe('POST /credentials', () => {
  test('makes an authtoken, shows it once, and writes who did it', async () => {
    const payload = { description: 'laptop', metadata: '{}', acl: [], owner_id: admin.userId };
    const made = await call({ method: 'POST', url: '/credentials', payload });
    expect(made.statusCode).toBe(201);
    expect(made.headers['cache-control']).toBe('no-store');
    const { id, token, ...rest } = made.json<Record<string, string>>();
    expect(isId('credential', id ?? '')).toBe(true);
    expect(token).toMatch(/^adit_at_[\w-]{43}$/);
    expect(rest).toEqual({
      uri: `https://api.localhost:8443/credentials/${id}`,
      created_at: '2026-01-01T00:00:00.000Z',
      description: 'laptop',
      metadata: '{}',
      owner_id: admin.userId,
      acl: [],
    });
    const read = await call({ url: `/credentials/${id}` });
    expect(read.json()).toEqual({ id, ...rest });
    expect(credential.parse(read.json())).toEqual(read.json());
    expect((await world.store.listAudit(admin.accountId, 1))[0]).toMatchObject({
      action: 'credential.create',
      resourceId: id,
      actorUserId: admin.userId,
      details: { kind: 'authtoken', ownerId: admin.userId },
    });
  });

  test('leaves the secret in no file of the store', async () => {
    const { token } = (await call({ method: 'POST', url: '/api_keys', payload: {} })).json<{ token: string }>();
    const names = readdirSync(world.dataDir).filter((name) => name !== 'lock.db');
    expect(names).toContain('adit.db-wal');
    for (const name of names) {
      expect(readFileSync(join(world.dataDir, name)).includes(token.slice(8))).toBe(false);
    }
  });

  test.each<[string, InjectOptions, number, string]>([
    ['an unknown key', { payload: { descripton: 'x' } }, 214, 'Cannot read the body: "descripton" is unknown.'],
    [
      'a long description',
      { payload: { description: 'x'.repeat(256) } },
      215,
      '"description": must be at most 255 bytes',
    ],
    ['a wrong acl', { payload: { acl: ['a.localhost'] } }, 600, 'Cannot use the ACL rule "a.localhost"'],
    ['a wrong type', { payload: { metadata: 1 } }, 215, '"metadata": '],
    ['an array', { payload: [] }, 213, 'it is not an object'],
    ['a string', { payload: '"x"', headers: { 'content-type': 'application/json' } }, 213, 'it is not an object'],
    ['broken JSON', { payload: '{"a', headers: { 'content-type': 'application/json' } }, 213, 'cannot be read'],
    [
      'bytes that are no UTF-8',
      {
        payload: Buffer.from('{"description":"\xff"}', 'latin1'),
        headers: { 'content-type': 'application/json' },
      },
      213,
      'not UTF-8',
    ],
    ['a prototype', { payload: '{"__proto__":{}}', headers: { 'content-type': 'application/json' } }, 213, ''],
    ['nothing, said to be JSON', { headers: { 'content-type': 'application/json' } }, 213, ''],
    ['nothing', {}, 213, ''],
    ['a form', { payload: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 210, ''],
    ['text', { payload: 'a', headers: { 'content-type': 'text/plain' } }, 210, ''],
    ['a type that only starts like JSON', { payload: '{}', headers: { 'content-type': 'application/jsonx' } }, 210, ''],
    ["a user's id of another kind", { payload: { owner_id: newId('credential', 0) } }, 227, 'must start with "usr_"'],
    ['a user’s id of no form', { payload: { owner_id: 'usr_1' } }, 9101, ''],
    ['a body over 1 MiB', { payload: { metadata: 'x'.repeat(1024 * 1024) } }, 9103, ''],
  ])('refuses %s', async (_, request, code, words) => {
    const response = await call({ method: 'POST', url: '/credentials', ...request });
    const body = errorBody.parse(response.json());
    expect(body.error_code).toBe(`ERR_ADIT_${code}`);
    expect(body.status_code).toBe(response.statusCode);
    expect(response.statusCode).toBe(new AditError(code as 210).status);
    expect(body.msg).toContain(words);
    expect(isId('operation', body.details.operation_id)).toBe(true);
    expect(world.logged).toEqual([]);
  });

  test('takes JSON with a character set', async () => {
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    expect((await call({ method: 'POST', url: '/credentials', payload: '{}', headers })).statusCode).toBe(201);
  });
});

describe('authentication', () => {
  test.each([
    ['no header', undefined, 200],
    ['Basic', 'Basic eDp5', 201],
    ['an empty header', '', 201],
    ['Bearer alone', 'Bearer', 202],
    ['something else as a key', 'Bearer x', 202],
    ['an authtoken', `Bearer ${newSecret('authtoken')}`, 206],
    ["nobody's key", `Bearer ${newSecret('api_key')}`, 203],
    ['a key with something behind it', `Bearer ${newSecret('api_key')} x`, 202],
  ])('refuses %s', async (_, authorization, code) => {
    const headers = authorization === undefined ? {} : { authorization };
    const response = await world.app.inject({ url: '/credentials', headers });
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer');
    expect(response.json()).toMatchObject({ error_code: `ERR_ADIT_${code}` });
  });

  test('takes the scheme in any case', async () => {
    const headers = { authorization: `bearer ${admin.key}` };
    expect((await world.app.inject({ url: '/credentials', headers })).statusCode).toBe(200);
  });

  test('comes before anything else is looked at', async () => {
    const response = await world.app.inject({ method: 'POST', url: '/credentials', payload: 'x'.repeat(2e6) });
    expect(response.json()).toMatchObject({ error_code: 'ERR_ADIT_200' });
  });

  test('refuses the keys of a suspended account with 205', async () => {
    const { key, accountId } = await addPerson(world.store, 'administrator');
    await world.store.write((tx) => tx.setSuspended(accountId, tx.nowMs));
    const answer = await world.app.inject({ url: '/api_keys', headers: { authorization: `Bearer ${key}` } });
    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toMatchObject({ error_code: 'ERR_ADIT_205' });
  });

  test('refuses a key from the moment it is revoked', async () => {
    const { id, token } = (await call({ method: 'POST', url: '/api_keys', payload: {} })).json<
      Record<string, string>
    >();
    const headers = { authorization: `Bearer ${token}` };
    expect((await world.app.inject({ url: '/endpoints', headers })).statusCode).toBe(200);
    expect((await call({ method: 'DELETE', url: `/api_keys/${id}` })).statusCode).toBe(204);
    expect((await world.app.inject({ url: '/endpoints', headers })).json()).toMatchObject({
      error_code: 'ERR_ADIT_203',
    });
  });
});

describe('DELETE /credentials/{id}', () => {
  test('answers 204 without a body, tells the bus once, and 404 the second time', async () => {
    const { id } = (await call({ method: 'POST', url: '/credentials', payload: {} })).json<{ id: `cr_${string}` }>();
    const first = await call({ method: 'DELETE', url: `/credentials/${id}` });
    expect([first.statusCode, first.body]).toEqual([204, '']);
    const second = await call({ method: 'DELETE', url: `/credentials/${id}` });
    expect(second.json()).toMatchObject({ status_code: 404, error_code: 'ERR_ADIT_9101' });
    expect(world.notices).toEqual([{ type: 'credential-revoked', accountId: admin.accountId, credentialId: id }]);
    expect((await world.store.listAudit(admin.accountId, 1))[0]).toMatchObject({
      action: 'credential.revoke',
      resourceId: id,
      actorUserId: admin.userId,
    });
  });

  test.each([
    ['of another kind', newId('apiKey', 0), 400, 227],
    ['of no kind', 'x', 400, 227],
    ['with a broken tail', 'cr_1', 404, 9101],
    ['that nobody has', newId('credential', 0), 404, 9101],
  ])('refuses an id %s', async (_, id, status, code) => {
    const response = await call({ method: 'DELETE', url: `/credentials/${id}` });
    expect(response.json()).toMatchObject({ status_code: status, error_code: `ERR_ADIT_${code}` });
    expect(world.notices).toEqual([]);
  });
});

describe('lists', () => {
  test('are paged newest first by absolute URLs, to the end', async () => {
    const made: string[] = [];
    for (let i = 0; i < 5; i++) {
      made.unshift((await call({ method: 'POST', url: '/credentials', payload: {} })).json<{ id: string }>().id);
    }
    const seen: string[] = [];
    let url: string | null = 'https://api.localhost:8443/credentials?limit=2';
    let pages = 0;
    while (url !== null && pages++ < 10) {
      const response = await call({ url: url.replace('https://api.localhost:8443', '') });
      const list = credentialList.parse(response.json());
      expect(list.uri).toBe('https://api.localhost:8443/credentials');
      seen.push(...list.credentials.map(({ id }) => id));
      url = list.next_page_uri;
    }
    expect(seen).toEqual(made);
    expect(pages).toBe(3);
  });

  test('have no next page when the last page is full', async () => {
    await call({ method: 'POST', url: '/credentials', payload: {} });
    expect((await call({ url: '/credentials?limit=1' })).json()).toMatchObject({ next_page_uri: null });
  });

  test('show a developer only what is theirs', async () => {
    const developer = await addPerson(world.store, 'developer', admin.accountId);
    const ids = async (key: string) => {
      const response = await call({ url: '/api_keys', headers: { authorization: `Bearer ${key}` } });
      return apiKeyList.parse(response.json()).keys.map((key) => key.owner_id);
    };
    expect(await ids(developer.key)).toEqual([developer.userId]);
    expect((await ids(admin.key)).sort()).toEqual([admin.userId, developer.userId].sort());
  });

  test.each(['limit=0', 'limit=101', 'limit=x'])('refuse ?%s', async (query) => {
    expect((await call({ url: `/credentials?${query}` })).json()).toMatchObject({ error_code: 'ERR_ADIT_215' });
  });

  test('refuse an unknown parameter and an id of another kind', async () => {
    expect((await call({ url: '/credentials?page=2' })).json()).toMatchObject({ error_code: 'ERR_ADIT_214' });
    const url = `/credentials?before_id=${newId('apiKey', 0)}`;
    expect((await call({ url })).json()).toMatchObject({ error_code: 'ERR_ADIT_227' });
  });
});

describe('GET /endpoints', () => {
  test('shows the live endpoints of the account and of no other', async () => {
    const stranger = await addPerson(world.store, 'administrator');
    const [first, second] = [makeEndpoint(admin.accountId, 'first'), makeEndpoint(admin.accountId, 'second')];
    world.endpoints.push(second, makeEndpoint(stranger.accountId, 'foreign'), first);
    const page = (await call({ url: '/endpoints?limit=1' })).json<{ endpoints: unknown[]; next_page_uri: string }>();
    expect(page.endpoints).toEqual([
      {
        id: second.id,
        uri: `https://api.localhost:8443/endpoints/${second.id}`,
        created_at: '2026-01-01T00:00:00.000Z',
        updated_at: '2026-01-01T00:00:00.000Z',
        type: 'ephemeral',
        url: 'https://second.localhost:8443',
        public_url: 'https://second.localhost:8443',
        scheme: 'https',
        proto: 'https',
        host: 'second.localhost',
        port: 8443,
        hostport: 'second.localhost:8443',
        upstream_url: 'http://localhost:3000',
        metadata: 'from the agent',
        description: '',
        name: '',
        region: '',
        traffic_policy: '',
        bindings: ['public'],
        pooling_enabled: false,
        tunnel_session: {
          id: second.agentSessionId,
          uri: `https://api.localhost:8443/tunnel_sessions/${second.agentSessionId}`,
        },
        edge: null,
        offline: null,
      },
    ]);
    const next = (await call({ url: page.next_page_uri.replace(/^https:\/\/[^/]+/, '') })).json();
    expect(next).toMatchObject({ endpoints: [{ id: first.id }], next_page_uri: null });
    const one = (await call({ url: `/endpoints/${first.id}` })).json<unknown>();
    expect(endpointContract.object.parse(one)).toEqual(one);
  });

  test.each<[what: string, facts: Partial<Endpoint>, expected: object]>([
    [
      'tcp',
      { scheme: 'tcp', host: 'localhost', port: 20_001, url: 'tcp://localhost:20001' },
      { scheme: 'tcp', proto: 'tcp', host: 'localhost', port: 20_001, hostport: 'localhost:20001' },
    ],
    [
      'tls without a port',
      { scheme: 'tls', url: 'tls://a.example', host: 'a.example' },
      { public_url: 'tls://a.example', proto: 'tls', port: 443, hostport: 'a.example:443' },
    ],
    [
      'a wildcard',
      { host: '*.a.localhost', url: 'https://*.a.localhost:8443' },
      { url: 'https://*.a.localhost:8443', host: '*.a.localhost', port: 8443 },
    ],
    [
      'an internal one',
      { binding: 'internal', scheme: 'tls', host: 'db.internal', port: 9, url: 'tls://db.internal:9' },
      { bindings: ['internal'], port: 9, hostport: 'db.internal:9' },
    ],
    [
      'a pooled one with a description',
      { isPooled: true, name: 'one', description: 'two' },
      { pooling_enabled: true, name: 'one', description: 'two' },
    ],
  ])('shows %s', async (_what, facts, expected) => {
    world.endpoints.push(makeEndpoint(admin.accountId, 'a', facts));
    const { endpoints } = (await call({ url: '/endpoints' })).json<{ endpoints: unknown[] }>();
    expect(endpoints).toEqual([expect.objectContaining(expected)]);
    expect(endpointContract.object.parse(endpoints[0])).toEqual(endpoints[0]);
  });

  test('knows the port that an address without one has', async () => {
    const plain = { ...makeEndpoint(admin.accountId, 'a'), scheme: 'http', url: 'http://a.example' } as const;
    world.endpoints.push(plain, { ...makeEndpoint(admin.accountId, 'b'), url: 'https://b.example' });
    const { endpoints } = (await call({ url: '/endpoints' })).json<{ endpoints: { port: number }[] }>();
    expect(endpoints.map(({ port }) => port)).toEqual([443, 80]);
  });
});

describe('GET /tunnels', () => {
  const labels = { app: 'shop', constructor: 'größe' };
  const part = { kind: 'tunnel', labels } as const;

  test('shows endpoints of agents and labelled tunnels, which are no endpoints', async () => {
    const ordinary = makeEndpoint(admin.accountId, 'a');
    const labelled = makeEndpoint(admin.accountId, 'b', { part, binding: 'internal', isPooled: true });
    world.endpoints.push(labelled, ordinary);
    const { tunnels } = (await call({ url: '/tunnels' })).json<{ tunnels: { id: string }[] }>();
    const both = {
      started_at: '2026-01-01T00:00:00.000Z',
      ...{ metadata: 'from the agent', region: '', forwards_to: 'http://localhost:3000', backends: [] },
    };
    const idOf = ({ id }: Endpoint) => `tn_${id.slice(3)}`;
    const sessionOf = ({ agentSessionId: id }: Endpoint) => ({
      tunnel_session: { id, uri: `https://api.localhost:8443/tunnel_sessions/${id}` },
    });
    const shown = {
      ...{ ...both, ...sessionOf(labelled), id: idOf(labelled) },
      ...{ public_url: '', proto: '', endpoint: null, labels },
    };
    expect(tunnels).toHaveLength(2);
    expect(tunnels).toContainEqual(shown);
    expect(tunnels).toContainEqual({
      ...{ ...both, ...sessionOf(ordinary), id: idOf(ordinary) },
      ...{ public_url: 'https://a.localhost:8443', proto: 'https', labels: {} },
      endpoint: { id: ordinary.id, uri: `https://api.localhost:8443/endpoints/${ordinary.id}` },
    });
    expect((await call({ url: `/tunnels/${shown.id}` })).json()).toEqual(shown);
    for (const one of tunnels) expect(tunnel.parse(one)).toEqual(one);

    const { endpoints } = (await call({ url: '/endpoints' })).json<{ endpoints: { id: string }[] }>();
    expect(endpoints.map(({ id }) => id)).toEqual([ordinary.id]);
    for (const url of [`/endpoints/${labelled.id}`, `/endpoints/${labelled.id}/health`]) {
      expect((await call({ url })).statusCode).toBe(404);
    }
  });

  test("[invariant: tenancy-in-every-key] shows no other account's labelled tunnels", async () => {
    const other = await addPerson(world.store, 'administrator');
    const theirs = makeEndpoint(other.accountId, 'b', { part });
    world.endpoints.push(theirs);
    expect((await call({ url: '/tunnels' })).json()).toMatchObject({ tunnels: [] });
    expect((await call({ url: `/tunnels/tn_${theirs.id.slice(3)}` })).statusCode).toBe(404);
  });
});

describe('every call', () => {
  test.each<[string, InjectOptions, number]>([
    ['version 2', { url: '/endpoints', headers: { 'ngrok-version': '2' } }, 200],
    ['another version', { url: '/endpoints', headers: { 'ngrok-version': '1' } }, 218],
    ['a body on GET', { url: '/endpoints', payload: {} }, 211],
    ['a body on DELETE', { method: 'DELETE', url: `/credentials/${newId('credential', 0)}`, payload: {} }, 211],
    ['a chunked body on GET', { url: '/endpoints', headers: { 'transfer-encoding': 'chunked' } }, 211],
    ['an unknown path', { url: '/nothing' }, 9102],
    ['an unknown method', { method: 'PUT', url: '/credentials', payload: {} }, 9102],
    ['a path that is not text', { url: '/credentials/%zz' }, 9102],
    ['a path out of the tree', { url: '/../../etc/passwd' }, 9102],
  ])('with %s', async (_, request, code) => {
    const response = await call(request);
    if (code === 200) return expect(response.statusCode).toBe(200);
    expect(errorBody.parse(response.json()).error_code).toBe(`ERR_ADIT_${code}`);
    expect(world.logged).toEqual([]);
  });
});

describe('what the framework refuses', () => {
  test.each([
    ['a method that may have a body and names no type', { method: 'QUERY', url: '/credentials' }],
    ['a path that is no valid URL', { url: '/credentials/%zz' }],
  ] as const)('is no failure of ours: %s', async (_what, request) => {
    const response = await world.app.inject(request as InjectOptions);
    expect([response.statusCode, response.json().error_code]).toEqual([404, 'ERR_ADIT_9102']);
    expect(response.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    expect(world.logged).toEqual([]);
  });
});

test('an id of any length is looked at after the key, and is then like a missing one', async () => {
  const url = `/credentials/cr_${'a'.repeat(30_000)}`;
  expect((await world.app.inject({ url })).json().error_code).toBe('ERR_ADIT_200');
  expect((await call({ url })).json().error_code).toBe('ERR_ADIT_9101');
});

describe('failures of ours', () => {
  async function failing(listEndpoints: ControlDeps['listEndpoints']) {
    const failingWorld = await openWorld({ listEndpoints });
    onTestFinished(() => failingWorld.dispose());
    const { key } = await addPerson(failingWorld.store, 'administrator');
    const response = await failingWorld.app.inject({ url: '/endpoints', headers: { authorization: `Bearer ${key}` } });
    return { response, logged: failingWorld.logged };
  }

  test('are logged whole and show only the operation id', async () => {
    const cause = new Error('the password is hunter2');
    const { response, logged } = await failing(() => {
      throw cause;
    });
    expect(response.statusCode).toBe(500);
    const { details } = errorBody.parse(response.json());
    expect(response.body).not.toContain('hunter2');
    expect(logged).toEqual([
      {
        err: expect.objectContaining({ code: 9000, cause }) as unknown,
        operationId: details.operation_id,
        method: 'GET',
        path: '/endpoints',
      },
    ]);
  });

  test('include an answer that breaks the contract', async () => {
    const { response, logged } = await failing((accountId) => [
      { ...makeEndpoint(accountId, 'app'), forwardsTo: 1 as unknown as string },
    ]);
    expect(response.statusCode).toBe(500);
    expect(logged).toHaveLength(1);
  });

  test('keep the status of a store that cannot write', async () => {
    const { response, logged } = await failing(() => {
      throw new AditError(9214, undefined, { cause: new Error('disk') });
    });
    expect(response.statusCode).toBe(503);
    expect(logged).toHaveLength(1);
  });
});

describe('health', () => {
  test('is answered without a key', async () => {
    expect((await world.app.inject('/healthz')).body).toBe('ok\n');
    expect((await world.app.inject('/readyz')).body).toBe('ready\n');
  });

  test('says not ready without saying why to strangers', async () => {
    world.readiness = { isReady: false, reason: 'the store is locked' };
    const response = await world.app.inject('/readyz');
    expect([response.statusCode, response.body]).toEqual([503, 'not ready\n']);
  });

  test('takes a check that fails for not ready', async () => {
    const { app, dispose } = await openWorld({ isReady: () => Promise.reject(new Error('disk')) });
    onTestFinished(dispose);
    const response = await app.inject('/readyz');
    expect([response.statusCode, response.body]).toEqual([503, 'not ready\n']);
  });
});

test('a caller who hangs up in the middle of a body is no failure of ours', async () => {
  const { server } = world.app;
  const front = createServer((socket) => server.emit('connection', socket));
  await once(front.listen(0, '127.0.0.1'), 'listening');
  const socket = createConnection((front.address() as { port: number }).port, '127.0.0.1');
  const arrived = new Promise<http.IncomingMessage>((resolve) => void server.once('request', resolve));
  const head = ['POST /credentials HTTP/1.1', 'Host: api', 'Content-Type: application/json', 'Content-Length: 9'];
  socket.write(`${[...head, `Authorization: Bearer ${admin.key}`].join('\r\n')}\r\n\r\n{`);
  const request = await arrived;
  const failed = new Promise((resolve) => void request.once('error', resolve));
  socket.destroy();
  expect(await failed).toMatchObject({ code: 'ECONNRESET' });
  await call({ url: '/endpoints' });
  expect(world.logged).toEqual([]);
  front.close();
});

test('the server serves connections that are handed to it, without listening', async () => {
  const server: http.Server = world.app.server;
  expect(server.listening).toBe(false);
  const front = createServer((socket) => server.emit('connection', socket));
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const { port } = front.address() as { port: number };
  const send = (text: string) =>
    new Promise<string>((resolve, reject) => {
      let answer = '';
      const socket = createConnection(port, '127.0.0.1', () => socket.end(text));
      socket
        .on('data', (bytes) => (answer += bytes.toString()))
        .on('end', () => resolve(answer))
        .on('error', reject);
    });
  expect(await send('GET /healthz HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1.1 200 OK/);
  // Whatever head the edge takes is answered in the form of the API.
  const longHead = `GET /endpoints HTTP/1.1\r\nHost: api\r\nConnection: close\r\nX-Long: ${'x'.repeat(32_000)}\r\n\r\n`;
  expect(await send(longHead)).toMatch(/^HTTP\/1.1 401 .*"ERR_ADIT_200"/s);
  expect(await send('GET / HTTP/9.9\r\n\r\n')).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
  await new Promise((resolve) => front.close(resolve));
});
