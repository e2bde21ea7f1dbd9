import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { httpResponseRules } from '../../legacy-edges/edge-endpoints.ts';
import { addPerson, makeEndpoint, openWorld, type Person, type World } from '../control.testkit.ts';
import { makeOne } from '../resources/samples.testkit.ts';
import { httpResponseBackends } from './backend-resources.ts';

let world: World;
let admin: Person;

beforeEach(async () => {
  world = await openWorld();
  admin = await addPerson(world.store, 'administrator');
});
afterEach(() => world.dispose());

interface Body extends Readonly<Record<string, unknown>> {
  readonly id: string;
  readonly uri: string;
}

async function call(request: InjectOptions, person = admin) {
  const answer = await world.app.inject({ ...request, headers: { authorization: `Bearer ${person.key}` } });
  return { status: answer.statusCode, ...(answer.body === '' ? ({} as Body) : answer.json<Body>()) };
}

const post = (url: string, payload: object, person = admin) => call({ method: 'POST', url, payload }, person);
const put = (url: string, payload: object) => call({ method: 'PUT', url, payload });
const patch = (url: string, payload: object) => call({ method: 'PATCH', url, payload });
const remove = (url: string) => call({ method: 'DELETE', url });

async function makeEdge(body: object = {}): Promise<string> {
  return `/edges/https/${(await post('/edges/https', body)).id}`;
}

async function makeRoute(edge: string, body: object = {}): Promise<string> {
  const { id } = await post(`${edge}/routes`, { match_type: 'path_prefix', match: '/', ...body });
  return `${edge}/routes/${id}`;
}

describe('a route', () => {
  test('is below its edge, is shown with it, and goes with it', async () => {
    const edge = await makeEdge({ hostports: ['shop.localhost:8443'] });
    const route = await makeRoute(edge, { match: '/api', compression: {} });
    const shown = await call({ url: route });
    expect(shown).toMatchObject({ uri: `https://api.localhost:8443${route}`, match: '/api', backend: null });
    expect(await call({ url: edge })).toMatchObject({ hostports: ['shop.localhost:8443'], routes: [{ id: shown.id }] });
    expect(await call({ url: '/edges/https' })).toMatchObject({ https_edges: [{ routes: [{ id: shown.id }] }] });
    expect((await remove(edge)).status).toBe(204);
    expect((await call({ url: route })).status).toBe(404);
  });

  test('is nowhere below another edge', async () => {
    const [edge, other] = [await makeEdge(), await makeEdge()];
    const route = (await makeRoute(edge)).replace(edge, other);
    expect((await call({ url: route })).status).toBe(404);
    expect((await patch(route, { description: 'b' })).status).toBe(404);
    expect((await put(`${route}/compression`, {})).status).toBe(404);
    expect((await remove(route)).status).toBe(404);
  });

  test.each([
    ['/api', '/api'],
    ['/api', '/%61pi'],
    ['shop.localhost/a', 'SHOP.localhost/a'],
  ])('for %j is the only one for %j of its kind', async (first, second) => {
    const edge = await makeEdge();
    await makeRoute(edge, { match: first });
    const again = await post(`${edge}/routes`, { match_type: 'path_prefix', match: second });
    expect(again).toMatchObject({ status: 409, error_code: 'ERR_ADIT_9109' });
    expect((await post(`${edge}/routes`, { match_type: 'exact_path', match: second })).status).toBe(201);
  });

  test('is one of a hundred in its edge at most', async () => {
    const [edge, other] = [await makeEdge(), await makeEdge()];
    const first = await makeRoute(edge, { match: '/first' });
    for (let i = 1; i < 100; i++) await makeRoute(edge, { match: `/${i}` });
    const full = await post(`${edge}/routes`, { match_type: 'exact_path', match: '/' });
    expect(full).toMatchObject({ status: 429, error_code: 'ERR_ADIT_9110' });
    await makeRoute(other);
    expect((await patch(first, { match: '/moved' })).status).toBe(200);
  });

  test.each(['/a?b', '/a#b', 'shop.localhost/a?b', 'shop.localhost?b'])(
    'cannot match %j, which no path is',
    async (match) => {
      const made = await post(`${await makeEdge()}/routes`, { match_type: 'path_prefix', match });
      expect(made).toMatchObject({ status: 400, error_code: 'ERR_ADIT_215' });
    },
  );

  test.each(['oauth', 'oidc', 'saml'])('has no %s, and says why', async (name) => {
    const edge = await makeEdge();
    const payload = { match_type: 'path_prefix', match: '/', [name]: { provider: {} } };
    expect(await post(`${edge}/routes`, payload)).toMatchObject({
      ...{ status: 400, error_code: 'ERR_ADIT_9403' },
      msg: expect.stringContaining('logins come with a later version'),
    });
  });

  test('has no phase in which nobody knows that it is the one', async () => {
    const route = await makeRoute(await makeEdge());
    const policy = { value: 'on_tcp_connect: []' };
    expect(await put(`${route}/traffic_policy`, policy)).toMatchObject({ error_code: 'ERR_ADIT_2248' });
  });

  test('[invariant: no-secret-leaves] keeps the secret of its webhooks encrypted, and shows it to nobody', async () => {
    const secret = 'correct horse battery';
    const edge = await makeEdge();
    const route = await makeRoute(edge, { webhook_verification: { provider: 'github', secret } });
    const module = await put(`${route}/webhook_verification`, { provider: 'github', secret });
    expect(module).toEqual({ status: 200, enabled: true, provider: 'github' });
    const answers = [await call({ url: route }), await call({ url: edge }), await call({ url: '/edges/https' })];
    expect(JSON.stringify(answers)).not.toContain('horse');
    const files = readdirSync(world.dataDir).filter((name) => name.startsWith('adit.db'));
    expect(files.some((name) => readFileSync(join(world.dataDir, name)).includes('horse'))).toBe(false);
    const id = route.split('/').at(-1) as `edghtsrt_${string}`;
    const kept = await world.store.readSecret({ accountId: admin.accountId, kind: 'httpsEdgeRoute', id });
    expect(kept && Buffer.from(kept).toString()).toBe(secret);
  });
});

describe('a module', () => {
  test('is replaced as a whole, switched off and taken away; the others stay', async () => {
    const route = await makeRoute(await makeEdge(), { compression: {} });
    const headers = `${route}/request_headers`;
    expect((await call({ url: headers })).status).toBe(404);
    expect(await put(headers, { add: { a: '1' }, remove: ['b'] })).toEqual({
      ...{ status: 200, enabled: true, add: { a: '1' }, remove: ['b'] },
    });
    await put(headers, { enabled: false, remove: ['c'] });
    expect(await call({ url: headers })).toEqual({ status: 200, enabled: false, remove: ['c'] });
    expect((await remove(headers)).status).toBe(204);
    expect(await call({ url: route })).toMatchObject({ request_headers: null, compression: { enabled: true } });
  });

  test('is taken as ngrok’s own clients send it, for the edge and route of its path', async () => {
    const route = await makeRoute(await makeEdge());
    const [, , , edge_id, , id] = route.split('/');
    const module = { add: { a: '1' } };
    const headers = `${route}/request_headers`;
    expect(await put(headers, { edge_id, id, module })).toMatchObject({ status: 200, ...module });
    expect(await put(headers, { edge_id, id: 'edghtsrt_other', module })).toMatchObject({ status: 400 });
    expect(await put(headers, { module: 'text' })).toMatchObject({ status: 400 });
  });

  test('stays as it is when a change does not name it', async () => {
    const route = await makeRoute(await makeEdge(), { compression: {} });
    expect(await patch(route, { compression: null, match: '/b' })).toMatchObject({ compression: { enabled: true } });
  });

  test('names what the account has, which is kept as long as it does', async () => {
    const stranger = await addPerson(world.store, 'administrator');
    const foreign = await makeOne(world, stranger, 'tunnelGroupBackend');
    const own = await makeOne(world, admin, 'tunnelGroupBackend');
    const backend = `${await makeRoute(await makeEdge())}/backend`;
    expect(await put(backend, { backend_id: foreign.id })).toMatchObject({ error_code: 'ERR_ADIT_215' });
    expect(await put(backend, { backend_id: own.id })).toMatchObject({
      backend: { id: own.id, uri: `https://api.localhost:8443/backends/tunnel_group/${own.id}` },
    });
    expect(await remove(`/backends/tunnel_group/${own.id}`)).toMatchObject({ error_code: 'ERR_ADIT_9108' });
    await remove(backend);
    expect((await remove(`/backends/tunnel_group/${own.id}`)).status).toBe(204);
  });

  test.each([
    ['/edges/tls', { tls_termination: { terminate_at: 'upstream', min_version: '1.3' } }],
    ['/edges/https', { tls_termination: { terminate_at: 'upstream' } }],
  ])('of %s asks nothing of TLS that another ends: %j', async (path, body) => {
    expect(await post(path, body)).toMatchObject({ status: 400, error_code: 'ERR_ADIT_215' });
  });

  test('of a TLS edge asks for no certificates where the service ends the TLS', async () => {
    const { id } = await makeOne(world, admin, 'certificateAuthority');
    const mutual_tls = { certificate_authority_ids: [id] };
    const upstream = { terminate_at: 'upstream' };
    expect(await post('/edges/tls', { mutual_tls, tls_termination: upstream })).toMatchObject({ status: 400 });
    expect((await post('/edges/tls', { mutual_tls, tls_termination: {} })).status).toBe(201);
  });
});

describe('an address of an edge', () => {
  test('is nobody else’s, whether edge or endpoint', async () => {
    const stranger = await addPerson(world.store, 'administrator');
    const hostports = ['shop.localhost:8443'];
    const edge = await makeEdge({ hostports });
    expect(await post('/edges/tls', { hostports })).toMatchObject({ error_code: 'ERR_ADIT_9109' });
    expect(await post('/edges/https', { hostports }, stranger)).toMatchObject({ error_code: 'ERR_ADIT_320' });
    const endpoint = { url: 'https://shop.localhost', traffic_policy: 'on_http_request: []' };
    expect(await post('/endpoints', endpoint)).toMatchObject({ error_code: 'ERR_ADIT_9109' });
    expect(await patch(edge, { hostports: [...hostports, 'other.localhost:8443'] })).toMatchObject({ status: 200 });
    expect(await patch(edge, { hostports: ['other.localhost:8443'] })).toMatchObject({ status: 200 });
    expect((await post('/endpoints', endpoint)).status).toBe(201);
  });

  test.each(['users.internal', '', '*', 'shop.localhost:1'])('is not %j', async (hostport) => {
    expect(await post('/edges/https', { hostports: [hostport] })).toMatchObject({ status: 400 });
  });

  test('of a TCP edge is a port that its account has reserved', async () => {
    const stranger = await addPerson(world.store, 'administrator');
    const { addr } = await makeOne(world, admin, 'reservedAddress');
    const hostports = [String(addr)];
    expect(await post('/edges/tcp', { hostports }, stranger)).toMatchObject({ error_code: 'ERR_ADIT_307' });
    expect(await post('/edges/tcp', { hostports })).toMatchObject({ status: 201, hostports });
  });
});

describe('a backend', () => {
  test('of tunnels shows those that are online', async () => {
    const labels = { app: 'shop', zone: 'a' };
    const part = { kind: 'tunnel', labels } as const;
    const tunnel = makeEndpoint(admin.accountId, 'a', { part });
    world.endpoints.push(tunnel, makeEndpoint(admin.accountId, 'b'));
    const id = tunnel.id.replace('ep_', 'tn_');
    const found = { tunnels: [{ id, uri: `https://api.localhost:8443/tunnels/${id}` }] };
    expect(await post('/backends/tunnel_group', { labels: { app: 'shop' } })).toMatchObject(found);
    expect(await post('/backends/tunnel_group', { labels: { app: 'other' } })).toMatchObject({ tunnels: [] });
    expect(await post('/backends/tunnel_group', { labels: { toString: 'a' } })).toMatchObject({ tunnels: [] });
  });

  test('names no more others than a visitor may cost', async () => {
    const tunnels: string[] = [];
    for (let i = 0; i < 50; i++) tunnels.push((await makeOne(world, admin, 'tunnelGroupBackend')).id);
    const groups: string[] = [];
    for (let i = 0; i < 5; i++) groups.push((await post('/backends/failover', { backends: tunnels })).id);
    const asked = await post('/backends/failover', { backends: groups });
    expect(asked).toMatchObject({ error_code: 'ERR_ADIT_215', msg: expect.stringContaining('more than 250') });
    expect((await post('/backends/failover', { backends: groups.slice(0, 4) })).status).toBe(201);
  });

  test('that answers is checked as it would be: not every status may have content', async () => {
    const { id } = await post('/backends/http_response', { body: 'a' });
    const { accountId } = admin;
    const previous = await world.store.findDocument({ accountId, kind: 'httpResponseBackend', id: id as 'bkdhr_' });
    const checked: unknown[] = [];
    const checkPolicy = async ({ policy }: { policy: unknown }) => void checked.push(policy);
    const context = { principal: { accountId }, checkPolicy, previous };
    await httpResponseBackends.prepare?.({ status_code: 204 }, context as never);
    expect(checked).toEqual([httpResponseRules({ status: 204, headers: {}, content: 'a' })]);
  });

  test('does not lead back to itself, nor deeper than is looked into', async () => {
    const bottom = await makeOne(world, admin, 'staticBackend');
    const ids = [bottom.id];
    for (let depth = 1; depth < 5; depth++) {
      const made = await post('/backends/failover', { backends: [ids.at(-1)] });
      ids.push(made.id);
    }
    const tooDeep = await post('/backends/weighted', { backends: { [ids.at(-1) ?? '']: 1 } });
    expect(tooDeep).toMatchObject({ status: 400, error_code: 'ERR_ADIT_215' });
    const circle = await patch(`/backends/failover/${ids[1]}`, { backends: [ids[2]] });
    expect(circle).toMatchObject({ status: 400, msg: expect.stringContaining('led back to itself') });
  });

  test.each([
    ['weights in words', { backends: { bkdtg_a: 'much' } }],
    ['too heavy', { backends: { bkdtg_a: 10_001 } }],
    ['none', { backends: {} }],
  ])('with weights is refused with %s', async (_, body) => {
    expect(await post('/backends/weighted', body)).toMatchObject({ status: 400 });
  });

  test('with weights takes them as older clients send them', async () => {
    const { id } = await makeOne(world, admin, 'tunnelGroupBackend');
    expect(await post('/backends/weighted', { backends: { [id]: '3' } })).toMatchObject({ backends: { [id]: 3 } });
  });

  test.each([
    ['example.com:80', 'example.com:80', 201],
    ['[2001:db8::1]:80', '[2001:db8::1]:80', 201],
    ['example.com:0', undefined, 400],
    ['example.com:70000', undefined, 400],
    ['example.com', undefined, 400],
    ['http://example.com:80', undefined, 400],
  ])('at %s is %s: %i', async (address, shown, status) => {
    const made = await post('/backends/static', { address });
    expect(made).toMatchObject({ status, ...(shown && { address: shown, tls: { enabled: false } }) });
  });
});
