import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate, failureOf } from '../evaluate.testkit.ts';
import { crc64 } from './crc64.ts';
import { xxhash64 } from './xxhash64.ts';

describe('digests of "hello"', () => {
  test.each([
    ['crc32', '3610a686', 'NhCmhg=='],
    ['crc64', '3c3eeee2d8100000', 'PD7u4tgQAAA='],
    ['md5', '5d41402abc4b2a76b9719d911017c592', 'XUFAKrxLKna5cZ2REBfFkg=='],
    ['sha1', 'aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d', 'qvTGHdzF6KLavt4PO0gs2a6pQ00='],
    [
      'sha256',
      '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
      'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=',
    ],
    ['sha512', sha512('hex'), sha512('base64')],
    ['xxhash64', '26c7827d889f6da3', 'JseCfYifbaM='],
  ])('%s', (name, hex, base64) => {
    expect(evaluate(`hash.${name}('hello')`)).toBe(hex);
    expect(evaluate(`hash.${name}('hello', 'hex')`)).toBe(hex);
    expect(evaluate(`hash.${name}('hello', 'base64')`)).toBe(base64);
    expect(evaluate(`'hello'.${name}()`)).toBe(hex);
    expect(evaluate(`'hello'.${name}('base64')`)).toBe(base64);
    expect(failureOf(`'hello'.${name}('octal')`)).toBe('a digest is written as "hex" or "base64"');
  });
});

// Published vectors of the algorithms for the paths that a short text does not take.
test.each([
  ['', 'ef46db3751d8e999'],
  ['a', 'd24ec4f1a98c6e5b'],
  ['abc', '44bc2cf5ad770999'],
  ['abcdefghijklmnopqrstuvwxyz0123456789', '64f23ecf1609b766'],
])('xxhash64() of %j', (text, expected) => {
  expect(xxhash64(Buffer.from(text)).toString('hex')).toBe(expected);
});

test('crc64() of "123456789"', () => {
  expect(crc64(Buffer.from('123456789')).toString('hex')).toBe('b90956c775a41001');
});

test('crc64() is the same as bit by bit', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (data) => {
      expect(crc64(data).readBigUInt64BE()).toBe(slowCrc64(data));
    }),
  );
});

function slowCrc64(data: Uint8Array): bigint {
  let crc = 2n ** 64n - 1n;
  for (const byte of data) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0xd800000000000000n : crc >> 1n;
  }
  return crc ^ (2n ** 64n - 1n);
}

function sha512(form: 'hex' | 'base64'): string {
  return createHash('sha512').update('hello').digest(form);
}
