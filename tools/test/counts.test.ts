import { expect, it } from 'vitest';
import { noCounts, sum, totalLine } from './counts.ts';

it('sum() adds every column and keeps the reasons in order', () => {
  const one = { passed: 1, failed: 2, skipped: 3, skips: ['a'], failures: ['x'] };
  const other = { passed: 10, failed: 20, skipped: 30, skips: ['b'], failures: ['y'] };
  expect(sum([one, other])).toEqual({ passed: 11, failed: 22, skipped: 33, skips: ['a', 'b'], failures: ['x', 'y'] });
  expect(sum([])).toEqual(noCounts);
});

it('totalLine() is the line the CI reads', () => {
  expect(totalLine({ ...noCounts, passed: 412, skipped: 3 })).toBe('412 passed, 0 failed, 3 skipped');
});
