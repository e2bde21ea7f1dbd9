import fc from 'fast-check';

/** Texts that have broken programs, and the names that objects of the language have by themselves. */
const oddTexts: readonly string[] = [
  ...['', ' ', '\t', '\r\nx: y', '\0', 'a\0b', '\u001b[2J', '\u007f', '\u0085', '\ufeffa', '\ufffe', '\u2028'],
  ...['\ud800', 'a\udfff', '\udc00\ud800', '\u202eabc', '\u200d', 'e\u0301', '\u0301', '\u{1f469}\u200d\u{1f4bb}'],
  ...['İ', 'ß', 'ſ', 'K', '\uff0e', '\u3002', 'а.example', 'xn--', 'xn--a', '*', '*.', '*.*.a', 'a..b', '-a', 'a_b.c'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', 'toJSON', 'length'],
  ...['null', 'undefined', 'true', 'NaN', '-0', '1e400', '0x10', '9007199254740993', '1e-400', '[object Object]'],
  ...["' or 1=1 --", '"; drop table x; --', '%', '%00', '${x}', '{{x}}', '../../x', '\\', '"', '/', '//', '?', '#'],
  ...['0.0.0.0/0', '::/0', '1.2.3.4/33', '::ffff:1.2.3.4/0', '01.2.3.4/8', 'fe80::1%eth0/64', 'bind:', 'bind:*:0'],
  ...[
    '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n',
    '-----BEGIN PRIVATE KEY-----\nAA==\n',
    'ssh-rsa AAAA',
  ],
];

/** Around what contracts and the server allow. */
const lengths = [62, 63, 64, 252, 253, 254, 255, 256, 257, 1024, 1025, 2049, 4095, 4096, 4097, 16_385, 65_536, 65_537];
const hugeLength = 300_000;

/** @param more Texts that mean something to this API, such as ids. */
export function oddText(more: readonly string[]): fc.Arbitrary<string> {
  const long = fc.tuple(
    fc.constantFrom('a', 'é', '\u{1f980}', '0', 'a.', ' '),
    fc.constantFrom(...lengths, hugeLength),
  );
  return fc.oneof(
    { arbitrary: fc.constantFrom(...oddTexts, ...more), weight: 5 },
    { arbitrary: long.map(([unit, length]) => unit.repeat(Math.ceil(length / unit.length))), weight: 2 },
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: 'grapheme', maxLength: 40 }),
  );
}
