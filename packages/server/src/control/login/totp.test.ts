import { expect, test } from 'vitest';
import { codeOf, newSeed, stepAt, stepsOf, totpUri } from './totp.ts';

const seed = Buffer.from('12345678901234567890');

// RFC 6238, appendix B, SHA-1: of its eight digits the last six.
test.each([
  [59, '94287082'],
  [1_111_111_109, '07081804'],
  [1_111_111_111, '14050471'],
  [1_234_567_890, '89005924'],
  [2_000_000_000, '69279037'],
  [20_000_000_000, '65353130'],
])('the code at %i s is that of RFC 6238', (seconds, code) => {
  expect(codeOf(seed, stepAt(seconds * 1000))).toBe(code.slice(2));
});

test('the codes of the step before and the step after are taken as well, no others', () => {
  const nowMs = 1_000_000 * 30_000 + 29_999;
  const found = [-2, -1, 0, 1, 2].map((away) => stepsOf(seed, codeOf(seed, 1_000_000 + away), nowMs));
  expect(found).toEqual([[], [999_999], [1_000_000], [1_000_001], []]);
});

test.each(['', '1', '12345', '1234567', 'abcdef', '１２３４５６', '000000 '])('%j is no code', (code) => {
  expect(stepsOf(seed, code, Date.UTC(2026, 0, 1))).toEqual([]);
});

test('apps get the seed in base32, by the names of server and person', () => {
  expect(totpUri(seed, { issuer: 'Adit x:y', name: 'zoë & co' })).toBe(
    'otpauth://totp/Adit%20x%3Ay:zo%C3%AB%20%26%20co?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Adit%20x%3Ay',
  );
});

test('seeds are as long as RFC 4226 asks for, and never the same', () => {
  expect(newSeed()).toHaveLength(20);
  expect(newSeed()).not.toEqual(newSeed());
});
