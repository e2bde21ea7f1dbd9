import { expect, test } from 'vitest';
import { HeaderFields } from './header-fields.ts';
import { textCodec } from './text-codec.ts';

const spaces = ' '.repeat(262_144);

test.each([
  ['text/plain', 'é', 'c3a9'],
  ['text/plain; charset=UTF-8', 'é', 'c3a9'],
  ['text/plain;charset = "latin1" ', 'é', 'e9'],
  ['application/problem+json; profile="a=b"; charset=iso-8859-1', 'é', 'e9'],
])('textCodec of %j reads and writes', (type, text, hex) => {
  const codec = textCodec(new HeaderFields(['content-type', type]));
  if (typeof codec === 'string') return expect.unreachable(codec);
  expect(codec.encode(text).toString('hex')).toBe(hex);
  expect(codec.decode(Buffer.from(hex, 'hex'))).toBe(text);
});

test.each([
  ['an encoding that is not known', 'text/plain; charset=utf-7', 'unknown'],
  ['two encodings', 'text/plain; charset=utf-8; charset=latin1', 'unknown'],
  ['no encoding at all', 'text/plain; charset=', 'unknown'],
  ['another type', 'image/png', 'no-text'],
  ['one long encoding, at once', `text/plain; charset=a${spaces}"x"y`, 'unknown'],
])('textCodec takes no %s', (_title, type, expected) => {
  expect(textCodec(new HeaderFields(['content-type', type]))).toBe(expected);
});
