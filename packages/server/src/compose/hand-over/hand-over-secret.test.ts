import { expect, test } from 'vitest';
import { handOverSecret, isHandOverSecret } from './hand-over-secret.ts';

const key = Buffer.alloc(32, 7);
const nowMs = 1_000_000_020_000;
const secret = handOverSecret(key, nowMs);

test.each<[what: string, given: string, laterMs: number, isGood: boolean]>([
  ['at once', secret, 0, true],
  ['a minute later', secret, 60_000, true],
  ['two minutes later', secret, 120_000, false],
  ['a minute before it was made', secret, -60_000, false],
  ['of another key', handOverSecret(Buffer.alloc(32, 8), nowMs), 0, false],
  ['that is empty', '', 0, false],
  ['with something behind it', `${secret}A`, 0, false],
])('a secret %s', (_what, given, laterMs, isGood) => {
  expect(isHandOverSecret(given, key, nowMs + laterMs)).toBe(isGood);
});
