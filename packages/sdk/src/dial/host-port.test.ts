import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bracketed, parseHostPort } from './host-port.ts';

test.each([
  ['example.com', { host: 'example.com', port: null }],
  ['Example.COM:443', { host: 'example.com', port: 443 }],
  ['example.com.:443', { host: 'example.com.', port: 443 }],
  ['my_app:3000', { host: 'my_app', port: 3000 }],
  ['127.0.0.1:65535', { host: '127.0.0.1', port: 65_535 }],
  ['[::1]:3000', { host: '::1', port: 3000 }],
  ['[2001:DB8::1]', { host: '2001:db8::1', port: null }],
])('parseHostPort() reads %s', (text, expected) => {
  expect(parseHostPort(text)).toEqual(expected);
});

test.each([
  '',
  ':80',
  'a:',
  'a:0',
  'a:65536',
  'a:080000',
  'a b:1',
  'a..b',
  '.a',
  '.',
  '::1',
  '[::1',
  '[127.0.0.1]:1',
  '[::g]:1',
  '1.2:80',
  '3000',
  '0x7f.1',
  '0x7f000001:80',
  '999.1.1.1',
  'a/b',
  'user@a:1',
  'http://a',
  'a:1\n',
])('parseHostPort() refuses %j', (text) => {
  expect(parseHostPort(text)).toBeUndefined();
});

test('parseHostPort() reads back every name, address and port that it may be given', () => {
  const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(host, fc.integer({ min: 1, max: 65_535 }), (name, port) => {
      expect(parseHostPort(`${bracketed(name)}:${port}`)).toEqual({ host: name.toLowerCase(), port });
    }),
  );
});
