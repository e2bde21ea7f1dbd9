import { AditError } from '@adit/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalName } from './canonical-name.ts';
import { parseHostName } from './host-name.ts';
import { thrownCode } from './thrown-code.testkit.ts';

const longest = `${`${'a'.repeat(62)}.`.repeat(4)}e`;

test.each([
  ['app.example.com', 'app.example.com'],
  ['App.EXAMPLE.com.', 'app.example.com'],
  ['example.com', 'example.com'],
  ['1.example.com', '1.example.com'],
  ['a--b.example.com', 'a--b.example.com'],
  ['*.example.com', '*.example.com'],
  ['*.A.Example.com.', '*.a.example.com'],
  ['*。example。com。', '*.example.com'],
  ['münchen.example', 'xn--mnchen-3ya.example'],
  ['MÜNCHEN.example', 'xn--mnchen-3ya.example'],
  ['XN--mnchen-3ya.example', 'xn--mnchen-3ya.example'],
  ['faß.example', 'xn--fa-hia.example'],
  ['ａｐｐ．example', 'app.example'],
  ['app.公益', 'app.xn--55qw42g'],
  [`${'a'.repeat(63)}.example`, `${'a'.repeat(63)}.example`],
  [longest, longest],
])('parseHostName(%j) is %j', (text, expected) => {
  expect(parseHostName(text)).toBe(expected);
});

test.each<[text: string, code: number]>([
  ['', 326],
  ['.', 326],
  ['*', 326],
  ['*.', 326],
  ['app', 326],
  ['*.com', 326],
  ['a b.example', 326],
  [' app.example', 326],
  ['app.example\n', 326],
  ['app.example\0', 326],
  ['a%62.example', 326],
  ['app.example/', 326],
  ['app.example:443', 326],
  ['https://app.example', 326],
  ['user@app.example', 326],
  ['[::1].example', 326],
  ['192.0.2.1', 326],
  ['*.192.0.2.1', 326],
  ['app.1', 326],
  ['app.0x7f', 326],
  ['１９２.0.2.１', 326],
  ['app..example', 327],
  ['.app.example', 327],
  ['app.example..', 327],
  ['*..example.com', 327],
  ['a.\u00ad.example', 327],
  ['-app.example', 328],
  ['app.-example', 328],
  ['app-.example', 329],
  ['app.example-', 329],
  ['ab--c.example', 330],
  ['app.AB--.example', 329],
  ['xn--a.example', 347],
  ['app.xn--zzzzzz-99999999', 347],
  ['xn--.example', 329],
  ['xn--x\u00fc.example', 347],
  ['app／x.example', 347],
  ['a_b.example', 355],
  ['_acme-challenge.app.example', 355],
  [`${'a'.repeat(64)}.example`, 396],
  [`${'ü'.repeat(60)}.example`, 396],
  [`a${longest}`, 397],
  [`*.${longest}`, 397],
  ['a.'.repeat(600), 397],
  ['app.*.example', 402],
  ['app.example.*', 402],
  ['app.a*.example', 402],
  ['*.*.example', 402],
  ['*.*a.example', 402],
  ['*a.example.com', 403],
  ['a*.example.com', 403],
  ['**.example.com', 403],
])('parseHostName() refuses %j with %d', (text, code) => {
  expect(thrownCode(() => parseHostName(text))).toBe(code);
});

test('parseHostName() says what is wrong, and is short about what is long', () => {
  expect(() => parseHostName('a_b.example')).toThrow('Cannot use "a_b.example" as a domain name: it has an underscore');
  expect(() => parseHostName('a\u0007.example')).toThrow('it has the character "\\u0007"');
  expect(() => parseHostName('ü'.repeat(1e6))).toThrow(/^.{150,200}$/);
});

test('parseHostName() throws errors of ours only, and answers canonical names', () => {
  const unit = fc.constantFrom(...'abAB019-..*_xn。ßüÜ☃\u00ad\u200d\u0301١/%'.split(''));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit, maxLength: 20 }), fc.domain()), (text) => {
      try {
        const host = parseHostName(text);
        expect(parseHostName(host)).toBe(host);
        const name = host.replace(/^\*\./, '');
        expect(canonicalName(name)).toBe(name);
      } catch (error) {
        if (!(error instanceof AditError)) throw error;
      }
    }),
    { numRuns: 5_000 },
  );
});
