import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addPerson, openWorld, type Person, type World } from '../control.testkit.ts';
import { makeOne } from './samples.testkit.ts';

let world: World;
let admin: Person;

beforeAll(async () => {
  world = await openWorld();
  admin = await addPerson(world.store, 'administrator');
});
afterAll(() => world.dispose());

async function call(request: InjectOptions) {
  const response = await world.app.inject({ ...request, headers: { authorization: `Bearer ${admin.key}` } });
  return { status: response.statusCode, body: response.body === '' ? {} : response.json<Record<string, unknown>>() };
}

test('sources of a subscription are added, read, changed by nothing and removed, and keep its destinations', async () => {
  const subscription = await makeOne(world, admin, 'eventSubscription');
  const before = (await call({ url: `/event_subscriptions/${subscription.id}` })).body;
  const url = `/event_subscriptions/${subscription.id}/sources`;
  const show = (type: string) => ({ type, uri: `https://api.localhost:8443${url}/${type}` });
  const post = (type: string) => call({ method: 'POST', url, payload: { subscription_id: subscription.id, type } });
  expect(await post('vault_created.v0')).toEqual({ status: 201, body: show('vault_created.v0') });
  expect((await post('vault_created.v0')).body['error_code']).toBe('ERR_ADIT_9109');
  expect((await post('No event')).status).toBe(400);
  expect((await call({ url })).body).toEqual({
    uri: `https://api.localhost:8443${url}`,
    next_page_uri: null,
    sources: [show('ip_policy_created.v0'), show('vault_created.v0')],
  });
  expect(await call({ url: `${url}/vault_created.v0` })).toEqual({ status: 200, body: show('vault_created.v0') });
  const patched = await call({ method: 'PATCH', url: `${url}/vault_created.v0`, payload: {} });
  expect(patched).toEqual({ status: 200, body: show('vault_created.v0') });
  expect((await call({ method: 'DELETE', url: `${url}/ip_policy_created.v0` })).status).toBe(204);
  for (const method of ['GET', 'PATCH', 'DELETE'] as const) {
    const payload = method === 'PATCH' ? { payload: {} } : {};
    expect((await call({ method, url: `${url}/ip_policy_created.v0`, ...payload })).status).toBe(404);
  }
  const after = (await call({ url: `/event_subscriptions/${subscription.id}` })).body;
  expect(after['sources']).toEqual([{ type: 'vault_created.v0' }]);
  expect(after['destinations']).toEqual(before['destinations']);
});
