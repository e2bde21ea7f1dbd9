import { describe, expect, it } from 'vitest';
import { DelayLine } from './delay-line.ts';

/** A line of 50 ms and 10 bytes, on a clock that the test moves. */
function line() {
  let time = 0;
  let timers: { at: number; callback: () => void }[] = [];
  const log: string[] = [];
  let takes = true;
  const delayLine = new DelayLine({
    delayMs: 50,
    capacity: 10,
    timer: { now: () => time, after: (ms, callback) => void timers.push({ at: time + ms, callback }) },
    deliver: (piece) => {
      log.push(`${time} ${piece}`);
      return takes;
    },
    onRoom: () => log.push(`${time} room`),
    onEnd: () => log.push(`${time} end`),
  });
  const passTo = (until: number) => {
    for (; time <= until; time++) {
      const due = timers.filter(({ at }) => at <= time);
      timers = timers.filter(({ at }) => at > time);
      for (const { callback } of due) callback();
    }
  };
  return {
    push: (text: string) => delayLine.push(Buffer.from(text)),
    delayLine,
    log,
    passTo,
    take: (on: boolean) => (takes = on),
  };
}

describe('DelayLine', () => {
  it('delivers each piece and the end after the delay, in order', () => {
    const { push, delayLine, log, passTo } = line();
    push('a');
    passTo(19);
    push('b');
    delayLine.end();
    passTo(200);
    expect(log).toEqual(['50 a', '70 b', '70 end']);
  });

  it('push() answers false at its capacity, and onRoom follows when half of it is free', () => {
    const { push, log, passTo } = line();
    expect([push('12345'), push('67890')]).toEqual([true, false]);
    passTo(60);
    expect(log).toEqual(['50 12345', '50 67890', '50 room']);
  });

  it('holds everything back while the receiver is full', () => {
    const { push, delayLine, log, passTo, take } = line();
    take(false);
    push('a');
    push('b');
    passTo(99);
    expect(log).toEqual(['50 a']);
    take(true);
    delayLine.resume();
    expect(log).toEqual(['50 a', '100 b']);
  });
});
