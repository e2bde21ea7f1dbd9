import { expect, test } from 'vitest';
import { chooseProxy } from './proxy-choice.ts';
import { parseServerAddress } from './server-address.ts';

const server = parseServerAddress('connect.app.example.com:8443');

test.each([
  [{}, undefined],
  [{ https_proxy: 'http://a' }, 'http://a'],
  [{ HTTPS_PROXY: 'http://b' }, 'http://b'],
  [{ all_proxy: 'socks5://c' }, 'socks5://c'],
  [{ ALL_PROXY: 'socks5://d' }, 'socks5://d'],
  [{ https_proxy: 'http://a', HTTPS_PROXY: 'http://b', all_proxy: 'socks5://c' }, 'http://a'],
  [{ https_proxy: '', all_proxy: 'socks5://c' }, 'socks5://c'],
  [{ http_proxy: 'http://plain' }, undefined],
])('chooseProxy() of %j is %s', (environment, expected) => {
  expect(chooseProxy(environment, server)).toBe(expected);
});

test.each([
  ['connect.app.example.com:443', '*', false],
  ['connect.app.example.com:443', 'example.com', false],
  ['connect.app.example.com:443', '.example.com', false],
  ['connect.app.example.com:443', '*.example.com', false],
  ['connect.app.example.com:443', 'EXAMPLE.com', false],
  ['connect.app.example.com.:443', 'example.com', false],
  ['connect.app.example.com:443', 'other.com, example.com', false],
  ['connect.app.example.com:443', 'other.com example.com:443', false],
  ['connect.app.example.com:443', 'example.com:8443', true],
  ['connect.app.example.com:443', 'ample.com', true],
  ['connect.app.example.com:443', 'app', true],
  ['connect.app.example.com:443', '', true],
  ['10.1.2.3', '10.1.2.3', false],
  ['10.1.2.3', '10.0.0.0/8', false],
  ['10.1.2.3', '10.2.0.0/16', true],
  ['10.1.2.3', '2.3', true],
  ['10.1.2.3', '10.0.0.0/99', true],
  ['[2001:db8::7]', '2001:db8::7', false],
  ['[2001:db8::7]', '[2001:db8::7]:443', false],
  ['[2001:db8::7]', '2001:db8::/32', false],
  ['[2001:db8::7]', '10.0.0.0/8', true],
  ['app.example.com', '10.0.0.0/8', true],
])('chooseProxy() for %s with no_proxy=%j uses a proxy: %s', (address, noProxy, isUsed) => {
  const found = chooseProxy({ https_proxy: 'http://a', no_proxy: noProxy }, parseServerAddress(address));
  expect(found).toBe(isUsed ? 'http://a' : undefined);
});

test('chooseProxy() reads NO_PROXY where no_proxy is not set', () => {
  expect(chooseProxy({ https_proxy: 'http://a', NO_PROXY: '*' }, server)).toBeUndefined();
});

test.each(['localhost', 'connect.localhost:8443', '127.0.0.1', '[::1]'])('chooseProxy() never for %s', (address) => {
  expect(chooseProxy({ all_proxy: 'http://a' }, parseServerAddress(address))).toBeUndefined();
});
