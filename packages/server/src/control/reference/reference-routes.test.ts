import { createHash } from 'node:crypto';
import type { PolicyForms } from '@adit/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorld, type World } from '../control.testkit.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.dispose());

test('GET /openapi.json answers the document, without a key', async () => {
  const { statusCode, headers, body } = await world.app.inject({ url: '/openapi.json' });
  expect(statusCode).toBe(200);
  expect(headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'x-content-type-options': 'nosniff',
  });
  expect(JSON.parse(body)).toMatchObject({ openapi: expect.stringMatching(/^3\.1/) });
});

test('GET /policy-forms.json answers what each policy can be given, without a key', async () => {
  const { statusCode, headers, json } = await world.app.inject({ url: '/policy-forms.json' });
  expect([statusCode, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
  const { policies } = json<PolicyForms>();
  expect(policies.find(({ name }) => name === 'deny')).toMatchObject({
    fields: [{ name: 'status_code', default: 403 }],
  });
});

test('GET /docs answers the page, without a key; only its own style may act', async () => {
  const { statusCode, headers, body } = await world.app.inject({ url: '/docs' });
  expect(statusCode).toBe(200);
  const style = /<style>([^]*?)<\/style>/.exec(body)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  expect(style).not.toBe('');
  expect(headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
  });
});

test('every operation that the document says needs a key refuses whoever has none', async () => {
  const { json } = await world.app.inject({ url: '/openapi.json' });
  const { paths } = json<{ paths: Record<string, Record<string, { security?: [] }>> }>();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { security }] of Object.entries(methods)) {
      const { statusCode } = await world.app.inject({ method: method as 'get', url: path.replaceAll(/[{}]/g, '') });
      expect(`${method} ${path} ${statusCode === 401}`).toBe(`${method} ${path} ${security === undefined}`);
    }
  }
});
