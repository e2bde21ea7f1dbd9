import { expect, test } from 'vitest';
import { hashSecret, isSecretOf, newSecret } from './secret.ts';

test.each([
  ['authtoken', /^adit_at_[A-Za-z0-9_-]{43}$/],
  ['api_key', /^adit_ak_[A-Za-z0-9_-]{43}$/],
] as const)('newSecret() makes another %s of the right form each time', (kind, form) => {
  const secrets = Array.from({ length: 100 }, () => newSecret(kind));
  for (const secret of secrets) expect(secret).toMatch(form);
  expect(new Set(secrets).size).toBe(100);
  expect(secrets.every((secret) => isSecretOf(kind, secret))).toBe(true);
});

const good = newSecret('authtoken');
test.each([
  ['nothing', ''],
  ['the other kind', newSecret('api_key')],
  ['one character less', good.slice(0, -1)],
  ['one character more', `${good}A`],
  ['a line end behind it', `${good}\n`],
  ['a space before it', ` ${good}`],
  ['characters of plain base64', `adit_at_${'+'.repeat(43)}`],
])('isSecretOf() refuses %s', (_, text) => {
  expect(isSecretOf('authtoken', text)).toBe(false);
});

test('hashSecret() is SHA-256', () => {
  expect(Buffer.from(hashSecret('abc')).toString('hex')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});
