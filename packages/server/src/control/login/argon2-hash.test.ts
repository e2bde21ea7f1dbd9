import { expect, test } from 'vitest';
import { defaultArgon2Cost, hashPassword, isOutdated, isPasswordOf, nobodysHash } from './argon2-hash.ts';

const cheap = { memory: 8, passes: 1, parallelism: 1 };

test('a hash is of its password only, and of no other by the same salt', async () => {
  const [one, other] = [await hashPassword('a password', cheap), await hashPassword('a password', cheap)];
  expect(one).toMatch(/^\$argon2id\$v=19\$m=8,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(one).not.toBe(other);
  expect(await isPasswordOf(one, 'a password')).toBe(true);
  for (const wrong of ['a passwore', 'a passwor', 'a password ', ''])
    expect(await isPasswordOf(one, wrong)).toBe(false);
});

test('hashes are those of the reference implementation (github.com/P-H-C/phc-winner-argon2, test.c)', async () => {
  const hash = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
  expect([await isPasswordOf(hash, 'password'), await isPasswordOf(hash, 'Password')]).toEqual([true, false]);
});

test('what is hashed now costs what OWASP asks for; another cost is outdated', async () => {
  expect(isOutdated(nobodysHash(defaultArgon2Cost), { memory: 19_456, passes: 2, parallelism: 1 })).toBe(false);
  expect(isOutdated(nobodysHash(cheap), defaultArgon2Cost)).toBe(true);
});

test('nobody’s hash is of no password', async () => {
  for (const one of ['', 'a', 'a password']) expect(await isPasswordOf(nobodysHash(cheap), one)).toBe(false);
});

test.each(['', 'x', '$2b$10$abc', '$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'])(
  '%j is no hash, which is an error and not a wrong password',
  async (hash) => {
    await expect(isPasswordOf(hash, 'x')).rejects.toThrow(TypeError);
  },
);
