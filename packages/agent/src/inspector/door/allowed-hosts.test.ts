import { expect, it } from 'vitest';
import { allowedHosts } from './allowed-hosts.ts';

it.each<[string, readonly string[], string | undefined, boolean]>([
  ['127.0.0.1', [], 'localhost:4040', true],
  ['127.0.0.1', [], 'LOCALHOST', true],
  ['127.0.0.1', [], '127.0.0.1:4040', true],
  ['127.0.0.1', [], '127.9.9.9', true],
  ['127.0.0.1', [], '[::1]:4040', true],
  ['127.0.0.1', [], 'evil.example:4040', false],
  ['127.0.0.1', [], 'localhost.evil.example', false],
  ['127.0.0.1', [], 'evil-localhost', false],
  ['127.0.0.1', [], '127.0.0.1.nip.example', false],
  ['127.0.0.1', [], '0.0.0.0:4040', false],
  ['127.0.0.1', [], '192.168.1.5:4040', false],
  ['127.0.0.1', [], '2130706433', false],
  ['127.0.0.1', [], 'localhost@evil', false],
  ['127.0.0.1', [], 'a, localhost', false],
  ['127.0.0.1', [], '', false],
  ['127.0.0.1', [], undefined, false],
  ['192.168.1.5', [], '192.168.1.5:4040', true],
  ['0.0.0.0', [], '0.0.0.0:4040', false],
  ['::', [], '[::]:4040', false],
  ['0.0.0.0', ['192.168.0.0/16'], '192.168.1.5:4040', true],
  ['0.0.0.0', ['192.168.0.0/16'], '192.169.1.5:4040', false],
  ['0.0.0.0', ['fd00::/8'], '[fd00::1]:1', true],
  ['0.0.0.0', ['Box.lan'], 'box.LAN:4040', true],
  ['0.0.0.0', ['box.lan'], 'a.box.lan', false],
  ['0.0.0.0', ['.box.lan'], 'a.box.lan', true],
  ['0.0.0.0', ['.box.lan'], '.box.lan', false],
  ['0.0.0.0', ['.box.lan'], 'box.lan', false],
])('listening on %s and allowing %j, the Host %s is answered: %s', (listen, allowed, host, expected) => {
  expect(allowedHosts(listen, allowed)(host)).toBe(expected);
});

it.each(['', '*', '*.lan', 'http://a', 'a:80', '10.0.0.0/33', '10.0.0.0/', 'a..b'])(
  '%j is refused with 9201',
  (entry) => {
    expect(() => allowedHosts('127.0.0.1', [entry])).toThrow(expect.objectContaining({ code: 9201 }));
  },
);
