import { AditError } from '@adit/contracts';
import { expect, test } from 'vitest';
import { parseServerAddress } from './server-address.ts';

test.each([
  ['connect.example.com', 'connect.example.com', 443, 'connect.example.com:443'],
  ['localhost:8443', 'localhost', 8443, 'localhost:8443'],
  ['[::1]:8443', '::1', 8443, '[::1]:8443'],
])('parseServerAddress() reads %s', (text, host, port, shown) => {
  expect(parseServerAddress(text)).toEqual({ host, port, text: shown });
});

test.each(['', 'https://example.com', 'example.com/x', 'example.com:99999'])(
  'parseServerAddress() refuses %j with 9201',
  (text) => {
    expect(() => parseServerAddress(text)).toThrow(expect.objectContaining({ code: 9201 }));
  },
);

test('parseServerAddress() does not repeat a value that may hold a password', () => {
  const message = messageOf(() => parseServerAddress('user:hunter2@example.com'));
  expect(message).toContain('withheld');
  expect(message).not.toContain('hunter2');
});

function messageOf(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    if (error instanceof AditError) return error.message;
  }
  return expect.unreachable();
}
