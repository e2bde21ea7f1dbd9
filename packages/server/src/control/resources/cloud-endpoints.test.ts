import type { InjectOptions } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addPerson, makeEndpoint, openWorld, type Person, type World } from '../control.testkit.ts';
import { makeOne } from './samples.testkit.ts';

let world: World;
let admin: Person;

beforeEach(async () => {
  world = await openWorld();
  admin = await addPerson(world.store, 'administrator');
});
afterEach(() => world.dispose());

interface Body extends Readonly<Record<string, unknown>> {
  readonly id: string;
  readonly error_code?: string;
  readonly endpoints: Body[];
  readonly next_page_uri: string | null;
}

async function call(request: InjectOptions, person = admin) {
  const headers = { authorization: `Bearer ${person.key}` };
  const answer = await world.app.inject({ ...request, headers });
  return { status: answer.statusCode, ...(answer.body === '' ? ({} as Body) : answer.json<Body>()) };
}

const policy = 'on_http_request: []';
const create = (body: object, person = admin) =>
  call({ method: 'POST', url: '/endpoints', payload: { traffic_policy: policy, ...body } }, person);
const change = (id: string, payload: object) => call({ method: 'PATCH', url: `/endpoints/${id}`, payload });

test('a list has cloud endpoints and those of agents by age, page by page, and can be filtered', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) {
    const made =
      i % 2 === 0 ? await create({ url: `https://n${i}.localhost` }) : makeEndpoint(admin.accountId, `n${i}`);
    if (i % 2 === 1) world.endpoints.push(made as ReturnType<typeof makeEndpoint>);
    ids.push(made.id);
  }
  // A cloud endpoint is online like any other: it is shown once all the same.
  const kept = makeEndpoint(admin.accountId, 'n0', { id: ids[0] as `ep_${string}`, agentSessionId: null });
  world.endpoints.push(kept);
  const found: string[] = [];
  for (let url: string | null = '/endpoints?limit=2'; url !== null; ) {
    const page: Body = await call({ url });
    found.push(...page.endpoints.map(({ id }) => id));
    url = page.next_page_uri?.replace(/^https:\/\/[^/]+/, '') ?? null;
  }
  expect(found).toEqual(ids.toSorted().reverse());
  const filter = encodeURIComponent('obj.type == "cloud"');
  expect((await call({ url: `/endpoints?filter=${filter}` })).endpoints).toHaveLength(3);
});

test.each([
  ['https://app.localhost', { scheme: 'https', host: 'app.localhost', port: 8443, bindings: ['public'] }],
  ['HTTPS://App.localhost:8443/', { url: 'https://app.localhost:8443', host: 'app.localhost' }],
  ['https://*.app.localhost', { host: '*.app.localhost' }],
  ['https://users.internal', { host: 'users.internal', port: 443, bindings: ['internal'] }],
  ['tcp://db.internal:5432', { url: 'tcp://db.internal:5432', port: 5432, bindings: ['internal'] }],
])('%s is taken', async (url, shown) => {
  expect(await create({ url })).toMatchObject({ status: 201, type: 'cloud', traffic_policy: policy, ...shown });
});

test('the policy is checked when it is new, for the protocol that the endpoint keeps', async () => {
  expect(await create({ url: 'https://app.localhost', traffic_policy: 'not a policy' })).toMatchObject({
    error_code: 'ERR_ADIT_9600',
  });
  const { id } = await create({ url: 'https://app.localhost' });
  expect(await change(id, { traffic_policy: 'not a policy' })).toMatchObject({ error_code: 'ERR_ADIT_9600' });
  expect(await change(id, { description: 'b' })).toMatchObject({ status: 200, traffic_policy: policy });
  expect(await change(id, { url: 'http://app.localhost' })).toMatchObject({ error_code: 'ERR_ADIT_18005' });
});

test('a port is to be had by whoever has reserved it', async () => {
  const stranger = await addPerson(world.store, 'administrator');
  const { addr } = await makeOne(world, admin, 'reservedAddress');
  const url = `tcp://${String(addr)}`;
  expect(await create({ url }, stranger)).toMatchObject({ error_code: 'ERR_ADIT_307' });
  expect(await create({ url })).toMatchObject({ status: 201, url });
});

test.each([
  [false, false, 'ERR_ADIT_9109'],
  [true, false, 'ERR_ADIT_9109'],
  [false, true, 'ERR_ADIT_9109'],
  [true, true, undefined],
])('a URL with pooling %j is another’s with pooling %j: %s', async (first, second, code) => {
  const url = 'https://app.localhost';
  const stranger = await addPerson(world.store, 'administrator');
  const { id } = await create({ url, pooling_enabled: first });
  const other = await create({ url, pooling_enabled: second });
  expect(other.error_code).toBe(code);
  expect((await create({ url, pooling_enabled: true }, stranger)).error_code).toBe('ERR_ADIT_320');
  // What it has itself is in nobody's way.
  expect((await change(id, { url, pooling_enabled: first })).status).toBe(200);
  if (code === undefined) expect((await change(id, { pooling_enabled: false })).error_code).toBe('ERR_ADIT_9109');
});

test('an internal URL is each account’s own', async () => {
  const stranger = await addPerson(world.store, 'administrator');
  const url = 'https://users.internal';
  expect([(await create({ url })).status, (await create({ url }, stranger)).status]).toEqual([201, 201]);
  expect((await create({ url })).error_code).toBe('ERR_ADIT_9109');
});

test.each(['PATCH', 'DELETE'] as const)('%s of an agent’s endpoint is refused', async (method) => {
  const endpoint = makeEndpoint(admin.accountId, 'a');
  world.endpoints.push(endpoint);
  const payload = method === 'PATCH' ? { payload: { description: 'b' } } : {};
  const refused = await call({ method, url: `/endpoints/${endpoint.id}`, ...payload });
  expect(refused).toMatchObject({ status: 409, error_code: 'ERR_ADIT_9117' });
});

const givenTo = {
  '/endpoints': (text: string) => ({ url: 'https://app.localhost', traffic_policy: text }),
  '/account_rules': (text: string) => ({ traffic_policy: text }),
  '/edges/tcp': (text: string) => ({ traffic_policy: { value: text } }),
};

test.each([
  ['ipPolicy', '/ip_policies', '/endpoints'],
  ['certificateAuthority', '/certificate_authorities', '/endpoints'],
  ['ipPolicy', '/ip_policies', '/account_rules'],
  ['ipPolicy', '/ip_policies', '/edges/tcp'],
] as const)('the %s that a policy names at %s is not deleted under that of %s', async (kind, path, url) => {
  const { id } = await makeOne(world, admin, kind);
  const stranger = await addPerson(world.store, 'administrator');
  const { id: foreign } = await makeOne(world, stranger, kind);
  const remove = (person = admin, it = id) => call({ method: 'DELETE', url: `${path}/${it}` }, person);
  // Also what is not there any more, or never was; twice is once.
  const text = `{"on_tcp_connect": []} # ${id} ${id} ${foreign} ${id.slice(0, -2)}zz`;
  const naming = await call({ method: 'POST', url, payload: givenTo[url](text) });
  const msg: unknown = expect.stringContaining(naming.id);
  expect(await remove()).toMatchObject({ status: 409, error_code: 'ERR_ADIT_9108', msg });
  expect((await remove(stranger, foreign)).status).toBe(204);
  const change = (payload: object) => call({ method: 'PATCH', url: `${url}/${naming.id}`, payload });
  expect((await change({ description: 'b' })).status).toBe(200);
  expect((await remove()).status).toBe(409);
  const { traffic_policy } = givenTo[url]('{"on_tcp_connect": []}');
  expect((await change({ traffic_policy })).status).toBe(200);
  expect((await remove()).status).toBe(204);
});
