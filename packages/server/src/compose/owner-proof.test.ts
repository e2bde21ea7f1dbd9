import { expect, test } from 'vitest';
import { isOwnerProof, ownerProof } from './owner-proof.ts';

const signingKey = Buffer.alloc(32, 7);
const nowMs = 1_000_000_020_000;
const proof = ownerProof('hand-over', signingKey, nowMs);

test.each<[what: string, given: string, laterMs: number, isGood: boolean]>([
  ['at once', proof, 0, true],
  ['a minute later', proof, 60_000, true],
  ['two minutes later', proof, 120_000, false],
  ['a minute before it was made', proof, -60_000, false],
  ['of another key', ownerProof('hand-over', Buffer.alloc(32, 8), nowMs), 0, false],
  ['for another purpose', ownerProof('count-endpoints', signingKey, nowMs), 0, false],
  ['that is empty', '', 0, false],
  ['with something behind it', `${proof}A`, 0, false],
])('a proof %s', (_what, given, laterMs, isGood) => {
  expect(isOwnerProof(given, 'hand-over', { signingKey, nowMs: nowMs + laterMs })).toBe(isGood);
});
