import fc from 'fast-check';
import { expect, test } from 'vitest';
import { forwardedElement, isWellFormedForwarded } from './forwarded-header.ts';

test.each([
  [{ for: '203.0.113.9', proto: 'https', host: 'a.test' }, 'for=203.0.113.9;proto=https;host=a.test'],
  [{ for: '2001:db8::7', proto: 'http', host: 'a.test:80' }, 'for="[2001:db8::7]";proto=http;host="a.test:80"'],
  [{ for: '::1', proto: null, host: '[::1]:8443' }, 'for="[::1]";host="[::1]:8443"'],
  [{ for: '10.0.0.1', proto: null, host: null }, 'for=10.0.0.1'],
  [{ for: '10.0.0.1', proto: null, host: 'a"\\' }, 'for=10.0.0.1;host="a\\"\\\\"'],
])('forwardedElement(%j) is %s', (element, text) => {
  expect(forwardedElement(element)).toBe(text);
  expect(isWellFormedForwarded(text)).toBe(true);
});

// RFC 7239 §4 and §6.
test.each([
  ['for="_gazonk"', true],
  ['For="[2001:db8:cafe::17]:4711"', true],
  ['for=192.0.2.60;proto=http;by=203.0.113.43', true],
  ['for=192.0.2.43, for=198.51.100.17', true],
  ['for=192.0.2.43,for="[2001:db8:cafe::17]" ,\tfor=unknown', true],
  ['for="a\\"b\\\\"', true],
  ['', false],
  ['for', false],
  ['for=', false],
  ['for=a;', false],
  ['for=a,', false],
  ['for=[::1]', false],
  ['for="a', false],
  ['for="a\\"', false],
  ['for="a"b', false],
  ['for = a', false],
  ['for=a for=b', false],
  ['for="\u00e4"', false],
])('isWellFormedForwarded(%j) is %j', (value, expected) => {
  expect(isWellFormedForwarded(value)).toBe(expected);
});

test('isWellFormedForwarded() answers about long lines at once', () => {
  for (const unit of ['for=a,', 'a=b;', '"\\', 'for="\\\\', ' ,\t', 'a']) {
    expect(isWellFormedForwarded(`${unit.repeat(8_000)}\u0000`)).toBe(false);
  }
});

test('what forwardedElement() writes is well-formed, whatever host was asked for', () => {
  fc.assert(
    fc.property(fc.ipV6(), fc.stringMatching(/^[\x20-\x7e]{0,60}$/), (ip, host) => {
      const text = forwardedElement({ for: ip, proto: 'https', host });
      expect(isWellFormedForwarded(`${text}, ${text}`)).toBe(true);
    }),
  );
});
