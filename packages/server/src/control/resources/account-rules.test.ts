import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { addPerson, openWorld, type Person, type World } from '../control.testkit.ts';
import { makeOne } from './samples.testkit.ts';

let world: World;
let admin: Person;

beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  admin = await addPerson(world.store, 'administrator');
});
afterAll(() => world.dispose());

async function call(method: 'POST' | 'PATCH', url: string, payload: Exclude<InjectOptions['payload'], undefined>) {
  const headers = { authorization: `Bearer ${admin.key}` };
  return (await world.app.inject({ method, url, payload, headers })).json<Record<string, unknown>>();
}

test('requirements are kept in their one form, each once', async () => {
  const require = ['restrict-ips {}', 'restrict-ips', 'restrict-ips { "allow" : ["10.0.0.0/8"] }'];
  expect(await call('POST', '/account_rules', { require })).toMatchObject({
    require: ['restrict-ips', 'restrict-ips {"allow":["10.0.0.0/8"]}'],
    traffic_policy: '',
  });
});

test.each([
  ['require:restrict-ips', 'a requirement is the name of an action, and what must be set as JSON'],
  ['', 'a requirement is the name of an action, and what must be set as JSON'],
  ['restrict-ips [1]', 'what stands behind the action is no JSON object'],
  ['no-such-action', 'there is no such policy'],
  ['restrict-ips {"alow":[]}', '"alow" is no field here'],
])('the requirement %j is refused: %s', async (text, why) => {
  expect(await call('POST', '/account_rules', { require: [text] })).toMatchObject({
    error_code: 'ERR_ADIT_215',
    msg: expect.stringContaining(`"require" has ${JSON.stringify(text)}: ${why}`),
  });
});

test('an account has rules once, whose parts change each by itself', async () => {
  const { id } = await makeOne(world, admin, 'accountRules');
  expect(await call('POST', '/account_rules', {})).toMatchObject({ error_code: 'ERR_ADIT_9109' });
  const patch = (payload: object) => call('PATCH', `/account_rules/${id}`, payload);
  expect(await patch({ traffic_policy: '' })).toMatchObject({ traffic_policy: '', require: ['restrict-ips'] });
  expect(await patch({ require: [] })).toMatchObject({ traffic_policy: '', require: [] });
  expect(await patch({ traffic_policy: 'not a policy' })).toMatchObject({ error_code: 'ERR_ADIT_9600' });
  admin = await addPerson(world.store, 'administrator');
  await makeOne(world, admin, 'accountRules');
});
