import { describe, expect, it } from 'vitest';
import { HandTimer } from './hand-timer.testkit.ts';
import { aditProfile } from './profiles.ts';
import { RoundTrip } from './round-trip.ts';
import { WindowGrowth } from './window-growth.ts';
import { WindowRule } from './window-rule.ts';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

interface Start {
  /** Null: no answer has come. Default 100. */
  readonly roundTripMs?: number | null;
  readonly maxWindowBytes?: number;
}

/** A rule; what is held is easy until told. */
function start({ roundTripMs = 100, maxWindowBytes = aditProfile.maxWindowBytes }: Start = {}) {
  const timer = new HandTimer();
  const pings: number[] = [];
  const roundTrip = new RoundTrip(timer, (number) => pings.push(number));
  roundTrip.measure();
  timer.advance(roundTripMs ?? 0);
  for (let number = 1; roundTripMs !== null && number <= 4; number++) {
    roundTrip.note(number);
    timer.advance(roundTripMs);
  }
  const held = { isEasy: true };
  const rule = new WindowRule({ profile: { ...aditProfile, maxWindowBytes }, timer, held, roundTrip });
  const growth = new WindowGrowth(rule);
  growth.observe(aditProfile.initialWindowBytes, 0, 0);
  return { timer, pings, held, rule, growth };
}

describe('WindowGrowth.observe()', () => {
  it.each([
    { what: 'half a window was used up in a quarter of it', afterMs: 25, bytes: 128 * kibibyte, grows: 768 * kibibyte },
    { what: 'half a window was used up in more', afterMs: 26, bytes: 128 * kibibyte, grows: 256 * kibibyte },
    { what: 'half a window was used up in a round trip', afterMs: 100, bytes: 128 * kibibyte, grows: 256 * kibibyte },
    { what: 'it took as long as busy processes may add', afterMs: 102, bytes: 128 * kibibyte, grows: 256 * kibibyte },
    { what: 'it took longer', afterMs: 103, bytes: 128 * kibibyte, grows: 0 },
    { what: 'less was used up', afterMs: 100, bytes: 128 * kibibyte - 1, grows: 0 },
  ])('answers $grows when $what', ({ afterMs, bytes, grows }) => {
    const { timer, growth } = start();
    timer.advance(afterMs);
    expect(growth.observe(256 * kibibyte, bytes, bytes)).toBe(grows);
  });

  it('does not grow for a reader that empties in one go what has waited for long', () => {
    const { timer, growth } = start();
    growth.observe(256 * kibibyte, 256 * kibibyte, 0);
    timer.advance(10_000);
    expect(growth.observe(256 * kibibyte, 256 * kibibyte, 128 * kibibyte)).toBe(0);
    expect(growth.observe(256 * kibibyte, 256 * kibibyte, 256 * kibibyte)).toBe(0);
  });

  it('does not grow for a reader that takes less than comes', () => {
    const { growth } = start();
    expect(growth.observe(4 * mebibyte, 4 * mebibyte, 2 * mebibyte - 1)).toBe(0);
    expect(growth.observe(4 * mebibyte, 4 * mebibyte, 2 * mebibyte)).toBe(12 * mebibyte);
  });

  it('does not grow before the way is known, nor while too much is held', () => {
    const unknown = start({ roundTripMs: null });
    const look = ({ growth }: ReturnType<typeof start>, bytes: number) => growth.observe(256 * kibibyte, bytes, bytes);
    expect([look(unknown, mebibyte), look(unknown, 2 * mebibyte)]).toEqual([0, 0]);
    const known = start();
    known.held.isEasy = false;
    expect(look(known, mebibyte)).toBe(0);
    known.held.isEasy = true;
    expect([look(known, 2 * mebibyte), look(known, 3 * mebibyte)]).toEqual([0, 768 * kibibyte]);
  });

  it('grows up to the largest window and not beyond', () => {
    const { growth, timer } = start({ maxWindowBytes: 1_500_000 });
    let [windowBytes, bytes] = [256 * kibibyte, 0];
    const sizes: number[] = [];
    for (let round = 0; round < 5; round++) {
      growth.observe(windowBytes, bytes, bytes);
      timer.advance(50);
      bytes += windowBytes;
      windowBytes += growth.observe(windowBytes, bytes, bytes);
      sizes.push(windowBytes);
    }
    expect(sizes).toEqual([512 * kibibyte, mebibyte, 1_500_000, 1_500_000, 1_500_000]);
  });

  it('grows no more than for a way of 1 s, however late a peer answers', () => {
    const { timer, growth } = start({ roundTripMs: 3_600_000 });
    timer.advance(1_003);
    expect(growth.observe(256 * kibibyte, mebibyte, mebibyte)).toBe(0);
  });

  it('settles at two to four times what is under way', () => {
    // 20 MB/s over 100 ms are 2 MB under way.
    const { timer, growth } = start();
    let [windowBytes, bytes] = [256 * kibibyte, 0];
    for (let ms = 0; ms < 5_000; ms += 10) {
      timer.advance(10);
      bytes += Math.min(200_000, windowBytes / 10);
      windowBytes += growth.observe(windowBytes, bytes, bytes);
    }
    expect(windowBytes).toBe(4 * mebibyte);
  });

  it('measures the way again when bulk flows, once a second at most', () => {
    const { timer, growth, pings } = start();
    pings.length = 0;
    for (let count = 1; count < 20; count++) growth.observe(256 * kibibyte, count * mebibyte, count * mebibyte);
    expect(pings).toEqual([]);
    timer.advance(1_000);
    for (let count = 20; count < 40; count++) growth.observe(256 * kibibyte, count * mebibyte, count * mebibyte);
    expect(pings).toEqual([5]);
  });
});

describe('WindowRule.openingExtra()', () => {
  it('is what the session has learned, 1 MiB at most, and nothing while too much is held', () => {
    const { rule, held } = start();
    expect(rule.openingExtra()).toBe(0);
    rule.growthOf(256 * kibibyte, 2);
    expect(rule.openingExtra()).toBe(256 * kibibyte);
    rule.growthOf(8 * mebibyte, 2);
    expect(rule.openingExtra()).toBe(mebibyte - 256 * kibibyte);
    held.isEasy = false;
    expect(rule.openingExtra()).toBe(0);
  });
});

describe('RoundTrip', () => {
  it('keeps the least of what it measured and believes no answer that it does not wait for', () => {
    const timer = new HandTimer();
    const sent: number[] = [];
    const roundTrip = new RoundTrip(timer, (number) => sent.push(number));
    roundTrip.note(1);
    roundTrip.measure();
    expect(roundTrip.leastMs).toBe(Number.POSITIVE_INFINITY);
    const measured: number[] = [];
    for (const elapsedMs of [80, 30, 50, 40]) {
      const number = sent.at(-1) ?? 0;
      roundTrip.note(number + 1);
      roundTrip.note(number - 1);
      timer.advance(elapsedMs);
      roundTrip.note(number);
      measured.push(roundTrip.leastMs);
    }
    expect(measured).toEqual([80, 30, 30, 30]);
    roundTrip.measure();
    expect(sent).toEqual([1, 2, 3, 4]);
    timer.advance(1_000);
    roundTrip.measure();
    roundTrip.measure();
    expect(sent).toEqual([1, 2, 3, 4, 5]);
  });

  it('does not believe a clock that was set back', () => {
    let now = 1_000;
    const roundTrip = new RoundTrip({ now: () => now, after: () => () => {} }, () => {});
    roundTrip.measure();
    now = 0;
    roundTrip.note(1);
    expect(roundTrip.leastMs).toBe(Number.POSITIVE_INFINITY);
  });
});
