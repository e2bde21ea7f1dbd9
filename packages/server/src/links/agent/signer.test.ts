import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Signer } from './signer.ts';

const signer = new Signer(Buffer.alloc(32, 1));

test('isValid() accepts what sign() answered, with the same key also in another process', () => {
  const signature = signer.sign('bind-token', ['a', 'b']);
  expect(new Signer(Buffer.alloc(32, 1)).isValid(signature, 'bind-token', ['a', 'b'])).toBe(true);
});

test.each<[what: string, signature: string, parts: string[]]>([
  ['another key', new Signer(Buffer.alloc(32, 2)).sign('bind-token', ['a', 'b']), ['a', 'b']],
  ['another purpose', signer.sign('session-cookie', ['a', 'b']), ['a', 'b']],
  ['other parts', signer.sign('bind-token', ['a', 'c']), ['a', 'b']],
  ['parts that only join to the same text', signer.sign('bind-token', ['ab', '']), ['a', 'b']],
  ['a shorter signature', signer.sign('bind-token', ['a', 'b']).slice(0, 20), ['a', 'b']],
  ['nothing', '', ['a', 'b']],
])('isValid() refuses %s', (_what, signature, parts) => {
  expect(signer.isValid(signature, 'bind-token', parts)).toBe(false);
});

test('isValid() refuses any text', () => {
  fc.assert(fc.property(fc.string(), (text) => !signer.isValid(text, 'bind-token', ['a'])));
});

test('a key of fewer than 32 bytes is refused', () => {
  expect(() => new Signer(Buffer.alloc(31))).toThrow(RangeError);
});
