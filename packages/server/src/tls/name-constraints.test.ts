import { expect, test } from 'vitest';
import { encodeNameConstraints } from './name-constraints.ts';

test('encodeNameConstraints() permits localhost and loopback addresses, byte for byte', () => {
  const dns = '300b82096c6f63616c686f7374';
  const v4 = '300a87087f000000ff000000';
  const v6 = `30228720${'00'.repeat(15)}01${'ff'.repeat(16)}`;
  expect(encodeNameConstraints(['localhost']).toString('hex')).toBe(`303fa03d${dns}${v4}${v6}`);
});

test('encodeNameConstraints() writes lengths over 127 and over 255 in the long form', () => {
  const lengthOf = (domain: string) => encodeNameConstraints([domain]).subarray(0, 8).toString('hex');
  expect(lengthOf('d'.repeat(120))).toBe('3081afa081ac307a');
  expect(lengthOf('d'.repeat(250))).toMatch(/^30820134a0820130/);
});
