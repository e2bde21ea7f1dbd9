import { describe, expect, test } from 'vitest';
import { thrownCode } from '../../domain/thrown-code.testkit.ts';
import { VisitorShare } from './visitor-share.ts';

const enterTimes = (share: VisitorShare, visitor: string, times: number) => {
  for (let count = 0; count < times; count++) share.enter(visitor);
};

describe('VisitorShare.enter()', () => {
  test('gives one visitor three quarters of all streams, and refuses the next with 3210', () => {
    const share = new VisitorShare(480);
    enterTimes(share, 'greedy', 360);
    expect(thrownCode(() => share.enter('greedy'))).toBe(3210);
    share.leave('greedy');
    expect(thrownCode(() => share.enter('greedy'))).toBeUndefined();
  });

  test('gives the last quarter to visitors with less than a sixteenth', () => {
    const share = new VisitorShare(480);
    enterTimes(share, 'greedy', 360);
    enterTimes(share, 'late', 30);
    expect(thrownCode(() => share.enter('late'))).toBe(3210);
    for (const visitor of ['b', 'c', 'd']) enterTimes(share, visitor, 30);
    // All are taken now; that the 481st is refused is the session's own limit.
    expect(thrownCode(() => share.enter('greedy'))).toBe(3210);
  });

  test('forgets who has left', () => {
    const share = new VisitorShare(16);
    enterTimes(share, 'one', 12);
    for (let count = 0; count < 12; count++) share.leave('one');
    enterTimes(share, 'other', 12);
    expect(thrownCode(() => share.enter('other'))).toBe(3210);
  });
});
