import { expect, test } from 'vitest';
import { cheapCost } from './login.testkit.ts';
import { checkedPassword } from './password-text.ts';
import { Passwords } from './passwords.ts';

const limits = { maxHashesAtOnce: 2, maxHashesWaiting: 3 };

test('so many are checked at once, so many wait, and the next is refused with a Retry-After', async () => {
  const passwords = new Passwords(limits, cheapCost);
  const five = Array.from({ length: 5 }, () => passwords.hash('a long password'));
  const refused = { code: 9130, details: { retry_after_seconds: 1 } };
  await expect(passwords.hash('a long password')).rejects.toMatchObject(refused);
  await expect(passwords.isRight(undefined, 'a long password')).rejects.toMatchObject(refused);
  expect(new Set(await Promise.all(five)).size).toBe(5);
  const again = Array.from({ length: 5 }, () => passwords.isRight(undefined, 'x'));
  expect(await Promise.all(again)).toEqual(Array(5).fill(false));
});

test('a place is free again after a check that failed', async () => {
  const passwords = new Passwords({ maxHashesAtOnce: 1, maxHashesWaiting: 0 }, cheapCost);
  await expect(passwords.isRight('no hash', 'x')).rejects.toThrow(TypeError);
  const hash = await passwords.hash('a long password');
  expect(await passwords.isRight(hash, 'a long password')).toBe(true);
});

test('a character is one, however a keyboard writes it', async () => {
  const passwords = new Passwords(limits, cheapCost);
  expect(await passwords.isRight(await passwords.hash('pa\u0301ssword long'), 'p\u00e1ssword long')).toBe(true);
  expect(await passwords.isRight(await passwords.hash('paſsword long'), 'password long')).toBe(false);
});

test.each([
  ['eleven byte', 'it has less than 12 bytes'],
  ['x'.repeat(1025), 'it has more than 1024 bytes'],
  ['ñ'.repeat(513), 'it has more than 1024 bytes'],
  ['aaaaaaaaaaaaaaaa', 'it is one character again and again'],
  ['the one before', 'it is the one that it shall replace'],
])('%s cannot be chosen: %s', (text, why) => {
  expect(() => checkedPassword(text, 'the one before')).toThrow(
    expect.objectContaining({ code: 9144, message: `Cannot use this password: ${why}` }),
  );
});

test.each(['twelve bytes', ' spaces at the ends ', `${'x'.repeat(1023)}y`, 'pässwörter!'])('%j can', (text) => {
  expect(checkedPassword(text)).toBe(text);
});
