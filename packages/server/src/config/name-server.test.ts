import { expect, test } from 'vitest';
import { nameServer } from './name-server.ts';

test.each([
  ['192.0.2.1', true],
  ['2001:db8::1', true],
  ['192.0.2.1:5353', true],
  ['[2001:db8::1]:53', true],
  ['[2001:db8::1]', false],
  ['192.0.2.1:0', false],
  ['192.0.2.1:65536', false],
  ['192.0.2.1:', false],
  ['192.0.2:53', false],
  ['ns.example.com', false],
  ['', false],
])('%j is a name server: %s', (text, isValid) => {
  expect(nameServer.safeParse(text).success).toBe(isValid);
});
