import { basicConstraints, makeRevocationList, makeX509 } from '@adit/policy-kit/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { addPerson, openWorld, type Person, type World } from '../control.testkit.ts';

let world: World;
let admin: Person;

beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  admin = await addPerson(world.store, 'administrator');
});
afterAll(() => world.dispose());

const root = makeX509({ subject: 'root', extensions: [basicConstraints(true)] });
const other = makeX509({ subject: 'root', extensions: [basicConstraints(true)] });
const path = '/certificate_authorities';

/** Valid for an hour of the world's clock, which is not that of the machine. */
function listOf(revoked: readonly string[], { issuer = root, fromMs = world.clock.timeOfDay() } = {}): string {
  return makeRevocationList({ issuer, revoked, thisUpdateMs: fromMs, nextUpdateMs: fromMs + 3_600_000 });
}

async function call(method: 'POST' | 'PATCH' | 'GET', url: string, payload?: object, person = admin) {
  const headers = { authorization: `Bearer ${person.key}` };
  const answer = await world.app.inject({ method, url, headers, ...(payload && { payload }) });
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}

const make = async (more: object = {}) => {
  const { status, body } = await call('POST', path, { ca_pem: root.cert, ...more });
  expect(status).toBe(201);
  return { ...body, url: `${path}/${body['id']}` };
};

test('an authority is made with a list, or without', async () => {
  const pem = listOf(['0102', '0103']);
  const from = Math.floor(world.clock.timeOfDay() / 1_000) * 1_000;
  const times = { this_update: from, next_update: from + 3_600_000 };
  const [this_update, next_update] = Object.values(times).map((ms) => new Date(ms).toISOString());
  expect(await make({ revocation_list_pem: pem })).toMatchObject({
    revocation_list_pem: pem,
    revocation_lists: [{ issuer_common_name: 'root', this_update, next_update, revoked_count: 2 }],
  });
  const none = { revocation_list_pem: '', revocation_lists: [] };
  expect(await make()).toMatchObject(none);
  expect(await make({ revocation_list_pem: null })).toMatchObject(none);
  expect(await make({ revocation_list_pem: '' })).toMatchObject(none);
});

test('a list takes the place of the one before; null leaves it, nothing takes it away', async () => {
  const { url } = await make({ revocation_list_pem: listOf(['0102']) });
  const next = listOf(['0102', '0103']);
  const countAfter = async (change: object) => {
    const { status, body } = await call('PATCH', url, change);
    expect([status, body['ca_pem']]).toEqual([200, root.cert]);
    expect(await call('GET', url)).toEqual({ status, body });
    return (body['revocation_lists'] as { revoked_count: number }[]).map(({ revoked_count }) => revoked_count);
  };
  expect(await countAfter({ revocation_list_pem: next })).toEqual([2]);
  expect(await countAfter({ revocation_list_pem: null, description: 'ours' })).toEqual([2]);
  expect(await countAfter({ revocation_list_pem: '' })).toEqual([]);
});

test('a list that is over later is shown, and does not stand in the way of other changes', async () => {
  const { url } = await make({ revocation_list_pem: listOf([]) });
  world.clock.advance(3_600_001);
  expect((await call('PATCH', url, { description: 'over' })).body).toMatchObject({
    description: 'over',
    revocation_lists: [{}],
  });
});

test.each<[title: string, pem: () => string, code: string]>([
  ['of another CA', () => listOf([], { issuer: other }), 'ERR_ADIT_9233'],
  ['that is none', () => root.cert, 'ERR_ADIT_9233'],
  ['that is over', () => listOf([], { fromMs: world.clock.timeOfDay() - 7_200_000 }), 'ERR_ADIT_9234'],
  ['that is too long', () => 'x'.repeat(262_145), 'ERR_ADIT_215'],
])('a list %s is refused, and the one before stays', async (_, pem, error_code) => {
  const before = listOf(['0102']);
  const { url } = await make({ revocation_list_pem: before });
  expect(await call('POST', path, { ca_pem: root.cert, revocation_list_pem: pem() })).toMatchObject({
    ...{ status: 400, body: { error_code } },
  });
  expect(await call('PATCH', url, { revocation_list_pem: pem() })).toMatchObject({ status: 400, body: { error_code } });
  expect((await call('GET', url)).body['revocation_list_pem']).toBe(before);
});

test('[invariant: tenancy-in-every-key] nobody gives a list to an authority of another account, which is answered like none', async () => {
  const { url } = await make();
  const stranger = await addPerson(world.store, 'administrator');
  const change = { revocation_list_pem: listOf(['0102']) };
  const { body, status } = await call('PATCH', url, change, stranger);
  expect([status, body['error_code']]).toEqual([404, 'ERR_ADIT_9101']);
  expect((await call('GET', url)).body['revocation_lists']).toEqual([]);
});
