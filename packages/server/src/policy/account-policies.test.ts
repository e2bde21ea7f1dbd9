import { newId } from '@adit/contracts';
import type { AccountAuthority } from '@adit/policy-kit';
import { expect, test } from 'vitest';
import { AccountPolicies } from './account-policies.ts';
import { type AccountSource, secretKey } from './account-source.ts';

const authority = (certificates: string): AccountAuthority => ({ certificates, revocationLists: [] });

/** Each look-up of an authority waits until the test answers it. */
function open() {
  const asked: ((found: AccountAuthority | undefined) => void)[] = [];
  const source = { certificateAuthority: () => new Promise((resolve) => asked.push(resolve)) };
  return { asked, policies: new AccountPolicies(newId('account', 0), source as unknown as AccountSource) };
}

test('an authority is looked up once in a generation', async () => {
  const { asked, policies } = open();
  const first = policies.certificateAuthority('ca_1');
  asked[0]?.(authority('one'));
  const found = await first;
  expect(await policies.certificateAuthority('ca_1')).toBe(found);
  policies.beginGeneration();
  const next = policies.certificateAuthority('ca_1');
  asked[1]?.(authority('two'));
  expect((await next).certificates).toBe('two');
});

test('what was asked for before a generation is not what it rests on', async () => {
  const { asked, policies } = open();
  const late = policies.certificateAuthority('ca_1');
  policies.beginGeneration();
  asked[0]?.(authority('old'));
  expect((await late).certificates).toBe('old');
  const next = policies.certificateAuthority('ca_1');
  asked[1]?.(authority('new'));
  expect((await next).certificates).toBe('new');
});

test('one that is not there is looked for again', async () => {
  const { asked, policies } = open();
  const missing = policies.certificateAuthority('ca_1');
  asked[0]?.(undefined);
  await expect(missing).rejects.toMatchObject({ code: 9600 });
  const next = policies.certificateAuthority('ca_1');
  asked[1]?.(authority('made'));
  expect((await next).certificates).toBe('made');
});

test('secrets that were being read when a generation began are read again', async () => {
  const asked: ((found: ReadonlyMap<string, string>) => void)[] = [];
  const source = { secrets: () => new Promise((resolve) => asked.push(resolve)) };
  const policies = new AccountPolicies(newId('account', 0), source as unknown as AccountSource);
  const needed = policies.needSecretsOf({ readsSecrets: true });
  policies.beginGeneration();
  asked[0]?.(new Map([[secretKey('web', 'key'), 'old']]));
  await new Promise(setImmediate);
  asked[1]?.(new Map([[secretKey('web', 'key'), 'new']]));
  await needed;
  expect(policies.secret('web', 'key')).toBe('new');
});
