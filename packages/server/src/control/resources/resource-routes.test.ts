import { newId } from '@adit/contracts';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addPerson, openWorld, type Person, type World } from '../control.testkit.ts';
import { resources } from './resources.ts';
import { makeOne, type Shown, samples } from './samples.testkit.ts';

let world: World;
let admin: Person;

// One world, and an account of its own for each test.
beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  admin = await addPerson(world.store, 'administrator');
});
afterAll(() => world.dispose());

async function call(request: InjectOptions, person = admin) {
  const headers = { authorization: `Bearer ${person.key}`, ...request.headers };
  const response = await world.app.inject({ ...request, headers });
  const body = response.body === '' ? {} : response.json<Record<string, unknown>>();
  const code = typeof body['error_code'] === 'string' ? body['error_code'].replace('ERR_ADIT_', '') : undefined;
  return { status: response.statusCode, etag: response.headers.etag, body, code };
}

describe.each(resources.map((resource) => [resource.contract.path, resource] as const))('%s', (path, resource) => {
  const { kind, contract } = resource;
  const { update, isOnlyOne = false } = samples[kind];
  const make = () => makeOne(world, admin, kind);

  test('what is made is shown as the contract says, and can be read', async () => {
    const payload = { ...(await samples[kind].create(world, admin)), description: 'Zoë’s', metadata: '{"a":1}' };
    const made = await call({ method: 'POST', url: path, payload });
    expect(made).toMatchObject({ status: 201, etag: '"1"', body: { description: 'Zoë’s', metadata: '{"a":1}' } });
    expect(contract.object.strict().parse(made.body)).toEqual(made.body);
    const { id, uri } = made.body as Shown;
    expect(uri).toBe(`https://api.localhost:8443${path}/${id}`);
    expect(await call({ url: `${path}/${id}` })).toEqual({ ...made, status: 200 });
    const [record] = await world.store.listAudit(admin.accountId, 1);
    expect(record).toMatchObject({ action: `${kind}.create`, resourceId: id, actorUserId: admin.userId });
  });

  test('a change changes what it says, keeps the rest, and is the next revision', async () => {
    const made = await make();
    world.clock.advance(1000);
    const changed = await call({ method: 'PATCH', url: `${path}/${made.id}`, payload: update });
    const updatedAt = new Date(world.clock.timeOfDay()).toISOString();
    expect(changed).toMatchObject({ status: 200, etag: '"2"', body: { ...made, ...update, updated_at: updatedAt } });
    expect((await call({ url: `${path}/${made.id}` })).body).toEqual(changed.body);
    const [record] = await world.store.listAudit(admin.accountId, 1);
    expect(record).toMatchObject({ action: `${kind}.update`, resourceId: made.id, details: { revision: 2 } });
  });

  test('null leaves as it is, and a change of nothing is refused', async () => {
    const made = await make();
    const patch = (payload: object) => call({ method: 'PATCH', url: `${path}/${made.id}`, payload });
    expect(await patch({})).toMatchObject({ status: 400, code: '215' });
    expect(await patch({ description: null, metadata: null })).toMatchObject({ status: 400, code: '215' });
    expect((await patch({ description: null, metadata: 'm' })).body).toMatchObject({ description: '', metadata: 'm' });
  });

  test('a change may name its object once more, as some clients do, and no other', async () => {
    const made = await make();
    const patch = (id: string) =>
      call({ method: 'PATCH', url: `${path}/${made.id}`, payload: { id, description: 'named twice' } });
    expect(await patch(newId(kind, 0))).toMatchObject({ status: 400, code: '215' });
    expect(await patch(made.id)).toMatchObject({ status: 200, body: { id: made.id, description: 'named twice' } });
    expect(await call({ method: 'PATCH', url: `${path}/${made.id}`, payload: { id: made.id } })).toMatchObject({
      code: '215',
    });
  });

  test('what is deleted is gone', async () => {
    const { id } = await make();
    expect((await call({ method: 'DELETE', url: `${path}/${id}` })).status).toBe(204);
    expect(await call({ url: `${path}/${id}` })).toMatchObject({ status: 404, code: '9101' });
    expect(await call({ method: 'DELETE', url: `${path}/${id}` })).toMatchObject({ status: 404, code: '9101' });
    expect((await world.store.listAudit(admin.accountId, 1))[0]).toMatchObject({ action: `${kind}.delete` });
  });

  test.skipIf(isOnlyOne)('a list has all of the account, newest first, in pages', async () => {
    const made = [await make(), await make(), await make()].reverse();
    await makeOne(world, await addPerson(world.store, 'administrator'), kind);
    const first = await call({ url: `${path}?limit=2` });
    const url = `https://api.localhost:8443${path}`;
    const next_page_uri = `${url}?before_id=${made[1]?.id}&limit=2`;
    expect(first.body).toEqual({ [contract.listKey]: made.slice(0, 2), uri: url, next_page_uri });
    const second = await call({ url: next_page_uri.replace('https://api.localhost:8443', '') });
    expect(second.body).toEqual({ [contract.listKey]: made.slice(2), uri: url, next_page_uri: null });
  });

  test.skipIf(isOnlyOne)(
    'a list answers what its filter asks for, and every field that can be asked about',
    async () => {
      const made = await make();
      const other = await make();
      await call({ method: 'PATCH', url: `${path}/${other.id}`, payload: { description: 'the other' } });
      const list = async (filter: string) => {
        const { body } = await call({ url: `${path}?${new URLSearchParams({ filter })}` });
        return (body[contract.listKey] as Shown[] | undefined)?.map(({ id }) => id) ?? body['msg'];
      };
      expect(await list('obj.description == "the other"')).toEqual([other.id]);
      expect(await list(`obj.id == "${made.id}" || obj.description == "nothing"`)).toEqual([made.id]);
      const forms: Readonly<Record<string, (field: string) => string>> = {
        timestamp: (field) => `obj.${field} > timestamp("2020-01-01T00:00:00Z")`,
        bool: (field) => `obj.${field} == true || obj.${field} == false`,
        list: (field) => `!("nothing" in obj.${field})`,
      };
      const isOfType = (field: string, type: string) => forms[type]?.(field) ?? `obj.${field} != "nothing"`;
      for (const [field, type] of Object.entries(contract.filterFields)) {
        expect(await list(isOfType(field, type))).toEqual([other.id, made.id]);
      }
      expect(await list('obj.secret == ""')).toContain('no field');
    },
  );

  test.each<[string, string, number]>([
    ['the current one', '"1"', 200],
    ['one of several', '"0", "1"', 200],
    ['anything', '*', 200],
    ['another', '"2"', 412],
    ['a weak one', 'W/"1"', 412],
    ['no entity tag', '1', 400],
  ])('a change that asks for %s', async (_, ifMatch, status) => {
    const { id } = await make();
    const headers = { 'if-match': ifMatch };
    expect((await call({ method: 'PATCH', url: `${path}/${id}`, payload: update, headers })).status).toBe(status);
    const deleted = await call({ method: 'DELETE', url: `${path}/${id}`, headers: { 'if-match': '"7"' } });
    expect(deleted).toMatchObject({ status: 412, code: '9106' });
  });

  test('of two changes at once that know the same revision exactly one wins, and the other is told', async () => {
    const { id } = await make();
    const change = (description: string) =>
      call({ method: 'PATCH', url: `${path}/${id}`, payload: { description }, headers: { 'if-match': '"1"' } });
    const both = await Promise.all([change('a'), change('b')]);
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 412]));
    const winner = both.find(({ status }) => status === 200);
    expect((await call({ url: `${path}/${id}` })).body).toEqual(winner?.body);
  });

  describe('an idempotency key', () => {
    async function post(key: string, payload: object, person = admin) {
      return await call({ method: 'POST', url: path, payload, headers: { 'idempotency-key': key } }, person);
    }

    test('makes one object of a request that is sent twice, also at once', async () => {
      const payload = await samples[kind].create(world, admin);
      const [first, second] = await Promise.all([post('k', payload), post('k', payload)]);
      expect(first.status).toBe(201);
      expect(second).toEqual(first);
      expect(await post('k', payload)).toEqual(first);
      expect((await call({ url: path })).body[contract.listKey]).toHaveLength(1);
    });

    test('is refused for another request, by a colleague as well, and forgotten after a day', async () => {
      const payload = await samples[kind].create(world, admin);
      const { id } = (await post('k', payload)).body as Shown;
      expect(await post('k', { ...payload, description: 'b' })).toMatchObject({ status: 422, code: '9107' });
      const colleague = await addPerson(world.store, 'administrator', admin.accountId);
      expect(await post('k', payload, colleague)).toMatchObject({ status: 422, code: '9107' });
      await call({ method: 'DELETE', url: `${path}/${id}` });
      expect(await post('k', payload)).toMatchObject({ status: 409, code: '9111' });
      world.clock.advance(24 * 60 * 60 * 1000 + 1);
      expect((await post('k', payload)).status).toBe(201);
    });

    test.each(['', 'x'.repeat(256), 'a b', 'é'])('%j is refused', async (key) => {
      expect(await post(key, await samples[kind].create(world, admin))).toMatchObject({ status: 400, code: '215' });
    });
  });
});

test('names are unique in an account, and in no other', async () => {
  const other = await addPerson(world.store, 'administrator');
  const post = (person: Person) => call({ method: 'POST', url: '/vaults', payload: { name: 'prod' } }, person);
  const [mine, again, theirs] = [await post(admin), await post(admin), await post(other)];
  expect(again).toMatchObject({ status: 409, code: '9109' });
  expect([mine.status, theirs.status]).toEqual([201, 201]);
  const rename = { method: 'PATCH', url: `/vaults/${mine.body['id']}`, payload: { name: 'prod' } } as const;
  expect((await call(rename)).status).toBe(200);
});

test.each<[string, string, object, string]>([
  ['a block that does not begin at its lowest address', '/ip_policy_rules', { cidr: '192.0.2.1/24' }, '1409'],
  ['a block without a mask', '/ip_policy_rules', { cidr: '192.0.2.1' }, '1413'],
  ['another action', '/ip_policy_rules', { action: 'warn' }, '215'],
  ['a policy that is none', '/ip_policy_rules', { ip_policy_id: 'ipp_x' }, '215'],
  ['an ingress that is a wildcard', '/agent_ingresses', { domain: '*.example.com' }, '402'],
  ['an ingress that is no name', '/agent_ingresses', { domain: 'a b.example.com' }, '326'],
  ['a vault without a name', '/vaults', { name: '' }, '215'],
  ['an unknown field', '/vaults', { nome: '' }, '214'],
])('%s is refused', async (_, path, wrong, code) => {
  const resource = resources.find(({ contract }) => contract.path === path);
  const payload = { ...(await samples[resource?.kind ?? 'vault'].create(world, admin)), ...wrong };
  expect(await call({ method: 'POST', url: path, payload })).toMatchObject({ status: 400, code });
});

test('a rule of a policy of another account is refused like one of a policy that is not there', async () => {
  const foreign = await makeOne(world, await addPerson(world.store, 'administrator'), 'ipPolicy');
  const post = async (ip_policy_id: string) => {
    const payload = { cidr: '192.0.2.0/24', action: 'allow', ip_policy_id };
    return (await call({ method: 'POST', url: '/ip_policy_rules', payload })).body['msg'];
  };
  expect(await post(foreign.id)).toBe(await post(newId('ipPolicy', 0)));
});

test('a block is in a policy once, however it is written; rules go with their policy', async () => {
  const policy = await makeOne(world, admin, 'ipPolicy');
  const post = (cidr: string) =>
    call({ method: 'POST', url: '/ip_policy_rules', payload: { cidr, action: 'deny', ip_policy_id: policy.id } });
  const made = await post('2001:db8::/32');
  expect(made.body).toMatchObject({ cidr: '2001:db8::/32', ip_policy: { id: policy.id, uri: policy['uri'] } });
  expect(await post('2001:0DB8:0::/32')).toMatchObject({ status: 409, code: '9109' });
  await call({ method: 'DELETE', url: `/ip_policies/${policy.id}` });
  expect((await call({ url: `/ip_policy_rules/${made.body['id']}` })).status).toBe(404);
});
