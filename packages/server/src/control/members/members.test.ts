import { newId } from '@adit/contracts';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { hashSecret } from '../../domain/secret.ts';
import { addPerson, openWorld, type Person, type World } from '../control.testkit.ts';

let world: World;
let admin: Person;

beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  admin = await addPerson(world.store, 'administrator');
  world.notices.length = 0;
});
afterAll(() => world.dispose());

async function call(request: InjectOptions, { key }: Pick<Person, 'key'> = admin) {
  const headers = { authorization: `Bearer ${key}`, ...request.headers };
  const response = await world.app.inject({ ...request, headers });
  const body = response.body === '' ? {} : response.json<Record<string, unknown>>();
  return { status: response.statusCode, code: body['error_code'], body, headers: response.headers };
}

const post = (url: string, payload: object, headers = {}) => ({ method: 'POST', url, payload, headers }) as const;
const patch = (url: string, payload: object, headers = {}) => ({ method: 'PATCH', url, payload, headers }) as const;
const remove = (url: string) => ({ method: 'DELETE', url }) as const;
const byName = async (): Promise<string[]> => {
  const { body } = await call({ url: '/users' });
  return (body['users'] as { name: string }[]).map(({ name }) => name);
};

test('a user is made, read, listed, changed and removed', async () => {
  const made = await call(post('/users', { name: ' Zoë ' }));
  expect(made).toMatchObject({ status: 201, headers: { etag: '"1"' } });
  expect(made.body).toEqual({
    id: expect.stringMatching(/^usr_/),
    uri: `https://api.localhost:8443/users/${String(made.body['id'])}`,
    created_at: expect.any(String),
    name: 'Zoë',
    active: true,
    roles: { administrator: false, developer: 'read_write', team: 'read_only' },
  });
  const url = `/users/${String(made.body['id'])}`;
  expect((await call({ url })).body).toEqual(made.body);
  expect(await byName()).toEqual(['Zoë', 'administrator']);
  const changed = await call(patch(url, { roles: { team: 'manager' } }));
  expect(changed.body['roles']).toEqual({ administrator: false, developer: 'read_write', team: 'manager' });
  expect(changed.headers['etag']).toBe('"2"');
  expect((await call(remove(url))).status).toBe(204);
  expect((await call({ url })).status).toBe(404);
  const actions = (await world.store.listAudit(admin.accountId, 3)).map(({ action }) => action);
  expect(actions).toEqual(['user.delete', 'user.update', 'user.create']);
});

test('a service user acts by keys that an administrator makes for it, until it is removed', async () => {
  const made = await call(post('/service_users', { name: 'deploy', roles: { developer: 'read_only' } }));
  const id = String(made.body['id']);
  expect(id).toMatch(/^bot_/);
  const { body: key } = await call(post('/api_keys', { owner_id: id }));
  const robot = { key: String(key['token']) };
  expect(await call({ url: '/vaults' }, robot)).toMatchObject({ status: 200 });
  expect(await call(post('/vaults', { name: 'v' }), robot)).toMatchObject({ code: 'ERR_ADIT_9100' });
  expect((await call({ url: '/' }, robot)).body['user']).toEqual({
    id,
    uri: `https://api.localhost:8443/service_users/${id}`,
  });
  expect(await call(remove(`/service_users/${id}`))).toMatchObject({ status: 204 });
  expect(await call({ url: '/vaults' }, robot)).toMatchObject({ code: 'ERR_ADIT_203' });
  expect(world.notices).toEqual([
    { type: 'credential-revoked', accountId: admin.accountId, credentialId: String(key['id']) },
  ]);
});

test('a service user is the same under the path that older clients use', async () => {
  const { body } = await call(post('/bot_users', { name: 'b', active: false }));
  expect(body).toMatchObject({ active: false, uri: expect.stringContaining('/bot_users/bot_') });
  expect((await call({ url: '/service_users' })).body['service_users']).toMatchObject([{ id: body['id'], name: 'b' }]);
});

test('who is disabled keeps their credentials, which open nothing until they are active again', async () => {
  const zoe = await addPerson(world.store, 'developer', admin.accountId);
  const { body: token } = await call(post('/credentials', {}), zoe);
  const url = `/users/${zoe.userId}`;
  expect((await call(patch(url, { active: false }))).body['active']).toBe(false);
  expect(world.notices.map(({ type }) => type)).toEqual(['credential-disabled', 'credential-disabled']);
  expect(await call({ url: '/vaults' }, zoe)).toMatchObject({ status: 403, code: 'ERR_ADIT_9115' });
  const find = () => world.store.findPrincipal('authtoken', hashSecret(String(token['token'])));
  await expect(find()).rejects.toMatchObject({ code: 9115 });
  await call(patch(url, { active: true }));
  expect(await call({ url: '/vaults' }, zoe)).toMatchObject({ status: 200 });
  expect(await find()).toBeDefined();
});

test.each<[string, object, number]>([
  ['may write no more', { developer: 'read_only' }, 2],
  ['may change people', { team: 'manager' }, 0],
])('whoever %s: their agents open anew what they have, where it matters', async (_, roles, count) => {
  const zoe = await addPerson(world.store, 'developer', admin.accountId);
  await call(post('/credentials', {}), zoe);
  await call(patch(`/users/${zoe.userId}`, { roles }));
  expect(world.notices.map(({ type }) => type)).toEqual(Array.from({ length: count }, () => 'credential-changed'));
});

test('of two accounts only the one that disables or removes somebody is closed to them', async () => {
  const other = await addPerson(world.store, 'administrator');
  const zoe = await addPerson(world.store, 'developer', admin.accountId);
  const { userId } = zoe;
  await world.store.write((tx) => tx.insertMembership({ ...zoe, accountId: other.accountId }));
  const { body: key } = await call(post('/api_keys', { owner_id: userId }), other);
  const elsewhere = { key: String(key['token']) };
  await call(patch(`/users/${userId}`, { active: false }));
  expect(await call({ url: '/vaults' }, elsewhere)).toMatchObject({ status: 200 });
  await call(remove(`/users/${userId}`));
  expect(await call({ url: '/vaults' }, elsewhere)).toMatchObject({ status: 200 });
  expect((await call({ url: `/users/${userId}` }, elsewhere)).body['active']).toBe(true);
});

test.each<[string, object | null]>([
  ['made a developer', { roles: { administrator: false } }],
  ['disabled', { active: false }],
  ['removed', null],
])('the last administrator cannot be %s', async (_, payload) => {
  const url = `/users/${admin.userId}`;
  const request = payload ? patch(url, payload) : remove(url);
  expect(await call(request)).toMatchObject({ status: 409, code: 'ERR_ADIT_9114' });
  const second = await addPerson(world.store, 'administrator', admin.accountId);
  await call(patch(`/users/${second.userId}`, { active: false }));
  await addPerson(world.store, 'administrator', admin.accountId, 'serviceUser');
  // Neither one who is disabled nor a program could let anybody in again.
  expect(await call(request)).toMatchObject({ status: 409, code: 'ERR_ADIT_9114' });
  await call(patch(`/users/${second.userId}`, { active: true }));
  expect((await call(request)).status).toBeLessThan(300);
});

test('of two administrators who remove each other at once one stays', async () => {
  const second = await addPerson(world.store, 'administrator', admin.accountId);
  const answers = await Promise.all([
    call(remove(`/users/${second.userId}`), admin),
    call(remove(`/users/${admin.userId}`), second),
  ]);
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 401]);
});

test('people change their own names and nobody else’s', async () => {
  const zoe = await addPerson(world.store, 'developer', admin.accountId);
  const url = `/users/${zoe.userId}`;
  expect((await call(patch(url, { name: 'Zoë' }), zoe)).body['name']).toBe('Zoë');
  expect(await call(patch(url, { name: 'Mallory' }))).toMatchObject({ code: 'ERR_ADIT_9100' });
  // Nor may they give themselves more on the way.
  const more = { name: 'Z', roles: { administrator: true } };
  expect(await call(patch(url, more), zoe)).toMatchObject({ code: 'ERR_ADIT_9100' });
  expect(await byName()).toEqual(['Zoë', 'administrator']);
});

test.each<[string, string, object, number]>([
  ['a name that somebody has', '/users', { name: 'administrator' }, 409],
  ['a name that a person has, for a service user', '/service_users', { name: 'administrator' }, 409],
  ['an empty name', '/users', { name: ' ' }, 400],
  ['a name that looks like an id', '/users', { name: 'usr_1' }, 400],
  ['no name', '/users', {}, 400],
  ['a role that does not exist', '/users', { name: 'n', roles: { team: 'owner' } }, 400],
  ['an unknown field', '/users', { name: 'n', role: 'administrator' }, 400],
])('%s is refused', async (_, url, payload, status) => {
  expect((await call(post(url, payload))).status).toBe(status);
});

test('a change to what is no longer so is refused, a repeated creation makes nobody twice', async () => {
  const made = await call(post('/users', { name: 'zoe' }, { 'idempotency-key': 'k' }));
  expect((await call(post('/users', { name: 'zoe' }, { 'idempotency-key': 'k' }))).body).toEqual(made.body);
  const url = `/users/${String(made.body['id'])}`;
  await call(patch(url, { active: false }));
  expect(await call(patch(url, { active: true }, { 'if-match': '"1"' }))).toMatchObject({ code: 'ERR_ADIT_9106' });
});

test('a page of people has no service users in it, and the other way round', async () => {
  for (const name of ['a', 'b']) {
    await call(post('/users', { name }));
    await call(post('/service_users', { name: `robot ${name}` }));
  }
  const names: string[] = [];
  for (let url: string | null = '/users?limit=1'; url; ) {
    const { body } = await call({ url });
    names.push(...(body['users'] as { name: string }[]).map(({ name }) => name));
    const next = body['next_page_uri'] as string | null;
    url = next && next.replace('https://api.localhost:8443', '');
  }
  expect(names).toEqual(['b', 'a', 'administrator']);
  const { body } = await call({ url: `/service_users?filter=${encodeURIComponent('obj.name.endsWith("a")')}` });
  expect(body['service_users']).toMatchObject([{ name: 'robot a' }]);
});

test('an id of the other kind is none', async () => {
  expect(await call({ url: `/users/${newId('serviceUser', 0)}` })).toMatchObject({ code: 'ERR_ADIT_227' });
  expect(await call({ url: `/service_users/${admin.userId}` })).toMatchObject({ code: 'ERR_ADIT_227' });
});

test('the account is renamed, by what its ETag says', async () => {
  const url = `/accounts/${admin.accountId}`;
  const read = await call({ url });
  expect(read.body).toMatchObject({ id: admin.accountId, name: 'an account' });
  const renamed = await call(patch(url, { name: 'Acme' }, { 'if-match': String(read.headers['etag']) }));
  expect(renamed.body['name']).toBe('Acme');
  expect(await call(patch(url, { name: 'B' }, { 'if-match': '"1"' }))).toMatchObject({ code: 'ERR_ADIT_9106' });
  expect((await call({ url: '/accounts' })).body['accounts']).toEqual([renamed.body]);
});

test('the root says where everything is, and who asks', async () => {
  const { body } = await call({ url: '/' });
  expect(body['account']).toMatchObject({ id: admin.accountId });
  expect(body['user']).toMatchObject({ id: admin.userId });
  const uris = body['subresource_uris'] as Record<string, string>;
  expect(uris['vaults']).toBe('https://api.localhost:8443/vaults');
  for (const uri of Object.values(uris)) {
    expect((await call({ url: uri.replace('https://api.localhost:8443', '') })).status).toBe(200);
  }
});
