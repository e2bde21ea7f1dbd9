import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultApiLimits } from './api-limits.ts';
import { addPerson, openWorld, type World } from './control.testkit.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.dispose());

const origin = 'https://tool.example';

test('a page may ask what it may send, without a key', async () => {
  const headers = {
    origin,
    'access-control-request-method': 'PATCH',
    'access-control-request-headers': 'authorization, content-type',
  };
  const answer = await world.app.inject({ method: 'OPTIONS', url: '/vaults/vault_1', headers });
  expect(answer.statusCode).toBe(204);
  expect(answer.headers).toMatchObject({
    'access-control-allow-origin': origin,
    'access-control-allow-headers': 'authorization, content-type',
    'access-control-allow-methods': 'GET, POST, PATCH, PUT, DELETE',
    'access-control-max-age': '600',
    vary: 'Origin',
  });
  expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
});

test('a page reads answers and refusals, with their headers', async () => {
  const { key } = await addPerson(world.store, 'administrator');
  for (const [authorization, status] of [
    [`Bearer ${key}`, 200],
    ['Bearer x', 401],
  ] as const) {
    const answer = await world.app.inject({ url: '/vaults', headers: { origin, authorization } });
    expect([answer.statusCode, answer.headers['access-control-allow-origin']]).toEqual([status, origin]);
    expect(answer.headers['access-control-expose-headers']).toBe('ETag, Retry-After');
  }
});

test.each<[string, object]>([
  ['no origin', { 'access-control-request-method': 'GET' }],
  ['no method', { origin }],
])('OPTIONS with %s is an operation that there is not', async (_, headers) => {
  const answer = await world.app.inject({ method: 'OPTIONS', url: '/vaults', headers: { ...headers } });
  expect(answer.statusCode).toBe(404);
});

test('who calls too often is told how long to wait; other accounts are not held up', async () => {
  const limited = await openWorld({ limits: { ...defaultApiLimits, callsPerMinute: 2 } });
  const [one, other] = [
    await addPerson(limited.store, 'administrator'),
    await addPerson(limited.store, 'administrator'),
  ];
  const call = ({ key }: typeof one) =>
    limited.app.inject({ url: '/vaults', headers: { authorization: `Bearer ${key}` } });
  expect([(await call(one)).statusCode, (await call(one)).statusCode]).toEqual([200, 200]);
  const refused = await call(one);
  expect(refused.json()).toMatchObject({ status_code: 429, error_code: 'ERR_ADIT_226' });
  expect(refused.headers['retry-after']).toBe('60');
  expect((await call(other)).statusCode).toBe(200);
  limited.clock.advance(60_001);
  expect((await call(one)).statusCode).toBe(200);
  await limited.dispose();
});
