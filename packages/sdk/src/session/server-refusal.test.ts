import fc from 'fast-check';
import { expect, test } from 'vitest';
import { serverRefusal } from './server-refusal.ts';

const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

test.each([
  ['The token is gone\n\nERR_NGROK_107', 107, 'The token is gone'],
  ['The name is reserved\r\n\r\nERR_ADIT_9404\r\n', 9404, 'The name is reserved'],
  ['two\nlines\nERR_NGROK_334', 334, 'two lines'],
  ['ERR_NGROK_334', 334, 'The endpoint is already online'],
  ['mentions ERR_NGROK_107 in a sentence', 9306, 'mentions ERR_NGROK_107 in a sentence'],
  ['ERR_NGROK_107\nno, it is\nERR_NGROK_108', 108, 'no, it is'],
  ['unknown number\nERR_NGROK_4018', 9306, 'unknown number'],
  ['', 9306, 'The server refused'],
])('serverRefusal() reads %j', (text, code, message) => {
  expect(serverRefusal(text)).toMatchObject({ code, message });
});

test('serverRefusal() keeps a code that it does not know in the details', () => {
  expect(serverRefusal('no\nERR_NGROK_4018').details).toEqual({ serverCode: 4018 });
});

test('serverRefusal() withholds a secret that the server repeats', () => {
  expect(serverRefusal('Bad token adit_at_hunter2!', ['adit_at_hunter2', '']).message).toBe('Bad token (withheld)!');
});

test('serverRefusal() lets no control character through to the terminal, whatever the text', () => {
  const codePoint = fc.oneof(fc.integer({ min: 0, max: 0x20 }), fc.integer({ min: 0, max: 0x10ffff }));
  fc.assert(
    fc.property(fc.array(codePoint, { maxLength: 40 }), (codePoints) => {
      const { message } = serverRefusal(String.fromCodePoint(...codePoints));
      expect(unprintable.test(message)).toBe(false);
    }),
  );
});

test('serverRefusal() cuts a message that is longer than 8,000 characters', () => {
  expect(serverRefusal('x'.repeat(8_001)).message).toBe(`${'x'.repeat(8_000)}…`);
});
