import fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparableName, type HeaderKind, headerKind, nominatedNames } from './header-names.ts';

test.each<[string, HeaderKind]>([
  ['Accept', 'plain'],
  ['Content-Type', 'plain'],
  ['Upgrade-Insecure-Requests', 'plain'],
  ['X-Forwarde', 'plain'],
  ['X-Requested-With', 'plain'],
  ['Aditya', 'plain'],
  ['x', 'plain'],
  ['', 'plain'],
  ['proxies', 'plain'],
  ['Connection', 'hopByHop'],
  ['proxy', 'hopByHop'],
  ['Proxy_Anything', 'hopByHop'],
  ['TE', 'hopByHop'],
  ['HTTP2.Settings', 'hopByHop'],
  ['ADIT-', 'ours'],
  ['adit~user', 'ours'],
  ['ngrok-mtls-subject-cn', 'ours'],
  ['Ngrok_MTLS_Serial.Number', 'ours'],
  ['ngrok-skip-browser-warning', 'plain'],
  ['X-Forwarded', 'forwarding'],
  ['X-Forwarded-For', 'forwarding'],
  ['x!forwarded-host', 'forwarding'],
  ['Forwarded', 'forwarding'],
  ['X_Real_IP', 'forwarding'],
  ['Host', 'host'],
  ['content-LENGTH', 'length'],
  ['Content_Length', 'lengthAlias'],
  ['Trailer', 'trailer'],
  ['Expect', 'expect'],
  ['Cookie', 'cookie'],
  [`adit-${'x'.repeat(300)}`, 'ours'],
  [`host${'x'.repeat(32)}`, 'plain'],
])('headerKind(%j) is %s', (name, kind) => {
  expect(headerKind(name)).toBe(kind);
});

test('headerKind() answers alike for every alias of a name, however it is spelled', () => {
  const special = ['connection', 'proxy-x', 'te', 'x-forwarded-for', 'adit-user', 'x-real-ip', 'forwarded', 'host'];
  const separators = fc.constantFrom('-', '_', '.', '!', '~', '*', '+', '|', '^');
  const name = fc.oneof(fc.constantFrom(...special), fc.stringMatching(/^[a-z0-9-]{0,40}$/));
  fc.assert(
    fc.property(name, separators, fc.infiniteStream(fc.boolean()), (proper, separator, flips) => {
      const flip = (letter: string): string => (flips.next().value ? letter.toUpperCase() : letter);
      const alias = Array.from(proper, (letter) => (letter === '-' ? separator : flip(letter))).join('');
      expect(comparableName(alias)).toBe(proper);
      expect(headerKind(alias)).toBe(headerKind(proper));
    }),
  );
});

test.each([
  [null, null],
  ['', null],
  ['keep-alive', null],
  ['Close , Keep-Alive', null],
  ['Host, Content-Length', null],
  ['X-A, x-b', ['x-a', 'x-b']],
])('nominatedNames(%j) is %j', (value, expected) => {
  const names = nominatedNames(value);
  expect(names === null ? null : [...names]).toEqual(expected);
});
