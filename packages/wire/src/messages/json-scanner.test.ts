import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonScanner } from './json-scanner.ts';

/** Where the object ends, when its text comes in pieces of `size` bytes. */
function endOf(bytes: Buffer, size = bytes.length, maxDepth = 64): number {
  const scanner = new JsonScanner(maxDepth);
  for (let at = 0; at < bytes.length; at += Math.max(1, size)) {
    const end = scanner.scan(bytes.subarray(at, at + Math.max(1, size)));
    if (end !== -1) return at + end;
  }
  return -1;
}

const objects = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 4, noUnicodeString: false }));

describe('JsonScanner', () => {
  it.each([
    { text: '{}', end: 2 },
    { text: ' \r\n\t{"a":1}', end: 11 },
    { text: '{"a":"}"}{"b":2}', end: 9 },
    { text: '{"a":"\\"}"}\n', end: 11 },
    { text: '{"a":"\\\\"}x', end: 10 },
    { text: '{"a":[{"b":[]}]}', end: 16 },
    { text: '{"ü":"€"}', end: 12 },
    { text: '{"a":1', end: -1 },
    { text: '{"a":"}', end: -1 },
    { text: '   ', end: -1 },
  ])('finds the end of $text at $end', ({ text, end }) => {
    expect(endOf(Buffer.from(text))).toBe(end);
    expect(endOf(Buffer.from(text), 1)).toBe(end);
  });

  it.each(['1', '"x"', '[]', 'null', '}', '\ufeff{}'])('refuses what is no object: %s', (text) => {
    expect(() => endOf(Buffer.from(text))).toThrow(RangeError);
  });

  it('refuses nesting beyond its limit and takes nesting at it', () => {
    const nested = (depth: number) => Buffer.from(`${'{"a":['.repeat(depth / 2)}${']}'.repeat(depth / 2)}`);
    expect(endOf(nested(32), 7, 32)).toBe(nested(32).length);
    expect(() => endOf(nested(34), 7, 32)).toThrow('nested deeper than 32');
  });

  it('finds the end of any object that JSON.stringify writes, whatever follows and however it is split', () => {
    fc.assert(
      fc.property(objects, fc.integer({ min: 1, max: 9 }), fc.string(), fc.boolean(), (value, size, rest, isWide) => {
        const json = Buffer.from(JSON.stringify(value, null, isWide ? 2 : 0));
        expect(endOf(Buffer.concat([json, Buffer.from(rest)]), size)).toBe(json.length);
        expect(endOf(json.subarray(0, -1), size)).toBe(-1);
      }),
    );
  });

  it('never ends before text that JSON.parse takes does', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]":,\\a1 '.split('')) }), (tail) => {
        const bytes = Buffer.from(`{${tail}`);
        const valid = Array.from(bytes.keys(), (index) => index + 1).find((length) =>
          isJson(bytes.subarray(0, length)),
        );
        if (valid !== undefined) expect(endOf(bytes)).toBe(valid);
      }),
      { numRuns: 2000 },
    );
  });
});

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(String(bytes));
    return true;
  } catch {
    return false;
  }
}
