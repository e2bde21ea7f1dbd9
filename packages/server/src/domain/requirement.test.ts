import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatRequirement, parseRequirement } from './requirement.ts';

class Refused extends Error {}

const parse = (text: string) => parseRequirement(text, (why) => new Refused(why) as never);

test.each([
  ['deny', { action: 'deny', settings: {} }],
  ['restrict-ips {"allow":["192.0.2.0/24"]}', { action: 'restrict-ips', settings: { allow: ['192.0.2.0/24'] } }],
])('%j is read, and written as it was', (text, requirement) => {
  expect(parse(text)).toEqual(requirement);
  expect(formatRequirement(parse(text))).toBe(text);
});

test('whatever comes is refused, or is the same when it is read back', () => {
  const settings = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue());
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    settings.map((value) => `deny ${JSON.stringify(value)}`),
    fc.string({ unit: fc.constantFrom(...'deny{}[]":1, \n'.split('')) }).map((json) => `deny ${json}`),
  );
  fc.assert(
    fc.property(text, (one) => {
      try {
        expect(parse(formatRequirement(parse(one)))).toEqual(parse(one));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
      }
    }),
    { numRuns: 3_000 },
  );
});
