import { expect, it } from 'vitest';
import { noCounts, sum, totalLine } from './counts.ts';

it('sum() adds every column and keeps the reasons in order', () => {
  const one = { passed: 1, failed: 2, skipped: 3, skips: ['a'] };
  const other = { passed: 10, failed: 20, skipped: 30, skips: ['b'] };
  expect(sum([one, other])).toEqual({ passed: 11, failed: 22, skipped: 33, skips: ['a', 'b'] });
  expect(sum([])).toEqual(noCounts);
});

it('totalLine() is the line the CI reads', () => {
  expect(totalLine({ passed: 412, failed: 0, skipped: 3, skips: [] })).toBe('412 passed, 0 failed, 3 skipped');
});
