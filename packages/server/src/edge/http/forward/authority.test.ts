import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSameAuthority, parseAuthority } from './authority.ts';

test.each([
  ['app.example.test', { host: 'app.example.test', port: null }],
  ['APP.Example.TEST:8443', { host: 'app.example.test', port: 8443 }],
  ['app.example.test.', { host: 'app.example.test', port: null }],
  ['app.example.test.:80', { host: 'app.example.test', port: 80 }],
  ['127.0.0.1:1', { host: '127.0.0.1', port: 1 }],
  ['[::1]:65535', { host: '::1', port: 65535 }],
  ['[2001:DB8::1]', { host: '2001:db8::1', port: null }],
  ['my_app.example.test', { host: 'my_app.example.test', port: null }],
  ['xn--bcher-kva.example', { host: 'xn--bcher-kva.example', port: null }],
])('parseAuthority(%j) reads host and port', (text, expected) => {
  expect(parseAuthority(text)).toEqual({ text, ...expected });
});

test.each([
  ['', 'empty'],
  ['a b', 'space'],
  ['a,b', 'list'],
  ['user@a', 'userinfo'],
  ['a:', 'empty port'],
  ['a:0', 'port 0'],
  ['a:65536', 'port too high'],
  ['a:080x', 'port with letters'],
  ['a:+80', 'signed port'],
  ['a:80:80', 'two ports'],
  ['a..', 'two trailing dots'],
  ['.a', 'leading dot'],
  ['a..b', 'empty label'],
  ['-a', 'leading hyphen'],
  ['a-', 'trailing hyphen'],
  ['a%2eb', 'percent-encoding'],
  ['b\u00fccher.example', 'not ASCII'],
  ['a/b', 'path'],
  ['a\\b', 'backslash'],
  ['a#b', 'fragment'],
  ['a\0', 'NUL'],
  ['[::1', 'open bracket'],
  ['::1', 'IPv6 without brackets'],
  ['[::1%lo]', 'zone'],
  ['[1.2.3]', 'not IPv6'],
  [`${'a'.repeat(64)}.test`, 'label too long'],
  [`${'a.'.repeat(127)}aa`, 'name too long'],
])('parseAuthority(%j) refuses it: %s', (text) => {
  expect(parseAuthority(text)).toBeNull();
});

test('parseAuthority() answers only hosts that it reads the same way again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii', maxLength: 40 }), (text) => {
      const authority = parseAuthority(text);
      if (!authority) return;
      const host = authority.host.includes(':') ? `[${authority.host}]` : authority.host;
      const again = parseAuthority(authority.port === null ? host : `${host}:${authority.port}`);
      expect(again && isSameAuthority(authority, again)).toBe(true);
    }),
  );
});
