import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { defaultApiLimits } from './api-limits.ts';
import { addPerson, openWorld, type Person, type World } from './control.testkit.ts';

let world: World;
let admin: Person;

beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  world.notices.length = 0;
  admin = await addPerson(world.store, 'administrator');
});
afterAll(() => world.dispose());

async function call(request: InjectOptions) {
  const headers = { authorization: `Bearer ${admin.key}`, ...request.headers };
  const response = await world.app.inject({ ...request, headers });
  const body = response.body === '' ? {} : response.json<Record<string, unknown>>();
  return { status: response.statusCode, etag: response.headers.etag, body };
}
async function make(path: string, payload: object = {}): Promise<Record<string, unknown>> {
  const { token, ...shown } = (await call({ method: 'POST', url: path, payload })).body;
  expect(token).toBeDefined();
  return shown;
}

describe.each(['/credentials', '/api_keys'])('%s', (path) => {
  test('a change changes what it says, keeps the rest, and is the next revision', async () => {
    const made = await make(path, { description: 'a', metadata: 'm' });
    const url = `${path}/${String(made['id'])}`;
    const changed = await call({ method: 'PATCH', url, payload: { description: 'b', metadata: null } });
    expect(changed).toEqual({ status: 200, etag: '"2"', body: { ...made, description: 'b' } });
    expect(await call({ url })).toEqual(changed);
    expect((await world.store.listAudit(admin.accountId, 1))[0]).toMatchObject({ action: 'credential.update' });
    expect(world.notices).toEqual([]);
  });

  test('a change of nothing, of the owner, or of what has changed meanwhile is refused', async () => {
    const url = `${path}/${String((await make(path))['id'])}`;
    const patch = (payload: object, headers = {}) => call({ method: 'PATCH', url, payload, headers });
    expect((await patch({})).body).toMatchObject({ error_code: 'ERR_ADIT_215' });
    expect((await patch({ owner_id: admin.userId })).body).toMatchObject({ error_code: 'ERR_ADIT_214' });
    expect(await patch({ description: 'b' }, { 'if-match': '"2"' })).toMatchObject({ status: 412 });
    expect(await call({ method: 'DELETE', url, headers: { 'if-match': '"2"' } })).toMatchObject({ status: 412 });
    expect(await patch({ description: 'b' }, { 'if-match': '"1"' })).toMatchObject({ status: 200, etag: '"2"' });
  });

  test('a request that is sent twice makes one, whose secret is shown once', async () => {
    const post = () => call({ method: 'POST', url: path, payload: {}, headers: { 'idempotency-key': 'k' } });
    const [first, second] = [await post(), await post()];
    expect([first.status, second.status]).toEqual([201, 409]);
    expect(second.body).toMatchObject({ error_code: 'ERR_ADIT_9111', details: { id: first.body['id'] } });
  });
});

test('an account has so many credentials of all kinds and owners, and none more', async () => {
  const limits = { ...defaultApiLimits, maxCredentialsPerAccount: 3 };
  const small = await openWorld({ limits });
  const [owner, stranger] = [await addPerson(small.store, 'administrator'), await addPerson(small.store, 'developer')];
  const post = async ({ key }: Person, url: string, headers = {}) => {
    const authorization = `Bearer ${key}`;
    return await small.app.inject({ method: 'POST', url, payload: {}, headers: { authorization, ...headers } });
  };
  const twice = { 'idempotency-key': 'k' };
  const made = [await post(owner, '/credentials'), await post(owner, '/api_keys', twice)];
  expect(made.map(({ statusCode }) => statusCode)).toEqual([201, 201]);
  for (const url of ['/credentials', '/api_keys']) {
    expect((await post(owner, url)).json()).toMatchObject({ error_code: 'ERR_ADIT_9110', status_code: 429 });
  }
  expect((await post(owner, '/api_keys', twice)).json()).toMatchObject({ error_code: 'ERR_ADIT_9111' });
  expect((await post(stranger, '/credentials')).statusCode).toBe(201);
  await small.dispose();
});

test('an ACL is kept in one form, and a change of it is told to whoever holds sessions of it', async () => {
  const made = await make('/credentials', { acl: ['bind:APP.example.com.', 'bind:app.example.com', 'bind:BÜCHER.de'] });
  expect(made['acl']).toEqual(['bind:app.example.com', 'bind:xn--bcher-kva.de']);
  const url = `/credentials/${String(made['id'])}`;
  const patch = (acl: string[]) => call({ method: 'PATCH', url, payload: { acl } });
  expect(await patch(['bind:bücher.de', 'nonsense'])).toMatchObject({
    status: 400,
    body: { error_code: 'ERR_ADIT_600' },
  });
  expect((await patch(['bind:app.example.com', 'bind:bücher.de'])).status).toBe(200);
  expect(world.notices).toEqual([]);
  expect((await patch([])).body['acl']).toEqual([]);
  const { accountId } = admin;
  expect(world.notices).toEqual([{ type: 'credential-changed', accountId, credentialId: made['id'] }]);
});
