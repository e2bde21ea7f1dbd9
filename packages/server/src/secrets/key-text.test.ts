import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatKeyFile, type Keys, maxKeys, parseKeyFile, parseKeyVariable } from './key-text.ts';
import { SecretsKey } from './secrets-key.ts';

const keys: Keys = [SecretsKey.random(), SecretsKey.random()];
const text = formatKeyFile(keys);
const base64 = (key: SecretsKey) => Buffer.from(key.bytes()).toString('base64url');
const ids = (parsed: readonly SecretsKey[]) => parsed.map(({ id }) => id);
const [head = '', first = '', second = ''] = text.split('\n');

test('a file of keys comes back as it was written', () => {
  expect(parseKeyFile(text, 'f')).toEqual(keys);
});

test('the id of a key is made from it, so that the same key has the same id everywhere', () => {
  const zeros = new SecretsKey(new Uint8Array(32));
  // printf 'adit secrets key id' | openssl dgst -sha256 -mac hmac -macopt hexkey:00…00
  expect(zeros.id).toBe('0a1694b1fe31fd6c');
});

test.each([
  ['nothing', '', 'line 1'],
  ['another first line', text.replace('keys 1', 'keys 2'), 'line 1'],
  ['no key', `${head}\n`, 'it has no key'],
  ['no end of line', text.slice(0, -1), 'its last line is cut'],
  ['an empty line', `${text}\n`, 'line 4'],
  ['a comment', `${text}# old\n`, 'line 4'],
  ['ends of line as Windows has them', text.replaceAll('\n', '\r\n'), 'line 1'],
  ['a space before a key', `${head}\n ${first}\n`, 'line 2'],
  ['a key without its id', `${head}\n${base64(keys[0])}\n`, 'line 2'],
  ['the id of another key', `${head}\n${first}\n${first.slice(0, 16)}${second.slice(16)}\n`, 'line 3'],
  ['a key twice', `${head}\n${first}\n${first}\n`, 'a key twice'],
  ['a short key', `${head}\n${first.slice(0, -1)}\n`, 'line 2'],
  [
    'too many keys',
    formatKeyFile([...keys, ...Array.from({ length: maxKeys }, SecretsKey.random)]),
    'more than 100 keys',
  ],
])('[invariant: no-secret-leaves] a file with %s is refused, and the message shows no key', (_, damaged, why) => {
  const parse = () => parseKeyFile(damaged, '/data/secrets.key');
  expect(parse).toThrow(expect.objectContaining({ code: 9242, message: expect.stringContaining(why) as unknown }));
  expect(parse).toThrow(/^Cannot use the secrets keys of "\/data\/secrets.key": /);
  for (const key of keys) expect(parse).not.toThrow(base64(key));
});

test('a file of which any one character is another is refused', () => {
  const property = fc.property(fc.nat(text.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
    fc.pre(text[at] !== character);
    const changed = text.slice(0, at) + character + text.slice(at + 1);
    expect(() => parseKeyFile(changed, 'f')).toThrow(expect.objectContaining({ code: 9242 }));
  });
  fc.assert(property, { numRuns: 2_000 });
});

test('parseKeyFile() and parseKeyVariable() answer or refuse, whatever they read', () => {
  const anything = fc.oneof(
    fc.string(),
    fc.string().map((line) => `${head}\n${line}\n`),
    fc.base64String(),
  );
  const property = fc.property(anything, (input) => {
    for (const parse of [parseKeyFile, parseKeyVariable]) {
      expect(() => parse(input, 'f')).toThrow(expect.objectContaining({ code: 9242 }));
    }
  });
  fc.assert(property);
});

test('a variable holds keys with commas between them', () => {
  expect(ids(parseKeyVariable(base64(keys[0]), 'V'))).toEqual([keys[0].id]);
  expect(ids(parseKeyVariable(keys.map(base64).join(', '), 'V'))).toEqual(ids(keys));
});

test.each([
  ['is empty', '', 'key 1'],
  ['ends with a comma', `${base64(keys[0])},`, 'key 2'],
  ['holds another spelling of a key', `${'A'.repeat(42)}B`, 'key 1'],
  ['holds a key twice', `${base64(keys[0])},${base64(keys[0])}`, 'a key twice'],
])('a variable that %s is refused', (_, value, why) => {
  expect(() => parseKeyVariable(value, 'V')).toThrow(
    expect.objectContaining({ code: 9242, message: expect.stringContaining(why) as unknown }),
  );
});

test.each([0, 16, 31, 33])('a key of %i bytes is no key', (length) => {
  expect(() => new SecretsKey(new Uint8Array(length))).toThrow(RangeError);
});
