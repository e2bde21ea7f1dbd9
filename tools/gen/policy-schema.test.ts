import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { policyModules } from '@adit/policies';
import { expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { policySchema } from './policy-schema.ts';
import { repositoryRoot } from './source-files.ts';

const schema = z.fromJSONSchema(policySchema());
const accepts = (document: unknown) => schema.safeParse(document).success;

const examples = policyModules.flatMap(({ name, phases: [phase = 'on_http_request'] }) => {
  const page = readFileSync(join(repositoryRoot, 'packages/policies/src', name, 'README.md'), 'utf8');
  return [...page.matchAll(/^```yaml\n(type: .*?)^```/gms)].map(([, text = '']) => ({
    name,
    phase,
    action: parse(text),
  }));
});

it.each(examples)('accepts the example of $name', ({ phase, action }) => {
  expect(accepts({ [phase]: [{ expressions: ['true'], actions: [action] }] })).toBe(true);
});

test.each<[title: string, document: unknown]>([
  ['a phase that is none', { on_request: [] }],
  ['a rule without actions', { on_http_request: [{ actions: [] }] }],
  ['a key that is none', { on_http_request: [{ actions: [{ type: 'deny' }], when: 'true' }] }],
  ['an action that is none', { on_http_request: [{ actions: [{ type: 'denied' }] }] }],
  [
    'an action in another phase',
    { on_tcp_connect: [{ actions: [{ type: 'basic-auth', config: { credentials: ['a:b'] } }] }] },
  ],
  ['a setting that is none', { on_http_request: [{ actions: [{ type: 'deny', config: { status: 404 } }] }] }],
  ['an action without what it needs', { on_http_request: [{ actions: [{ type: 'redirect' }] }] }],
])('refuses %s', (_, document) => {
  expect(accepts(document)).toBe(false);
});

it('says nothing that is no JSON Schema', () => {
  expect(JSON.stringify(policySchema())).not.toMatch(/"isSecret"|"expressions":"/);
});

it('accepts rules without configuration and without anything', () => {
  expect(accepts({ on_http_request: [{ name: 'all', actions: [{ type: 'deny' }] }] })).toBe(true);
  expect(accepts({})).toBe(true);
});
