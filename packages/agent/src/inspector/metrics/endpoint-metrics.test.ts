import { expect, it } from 'vitest';
import { EndpointMetrics } from './endpoint-metrics.ts';

it('counts connections and requests, and tells percentiles in nanoseconds', () => {
  const metrics = new EndpointMetrics(() => 0, 100);
  for (let at = 1; at <= 100; at++) {
    metrics.opened();
    metrics.requestBegan();
    metrics.requestEnded(at);
  }
  for (let at = 0; at < 98; at++) metrics.closed(5);
  expect(metrics.facts()).toMatchObject({
    conns: { count: 100, gauge: 2, p50: 5e6 },
    http: { count: 100, p50: 50e6, p90: 90e6, p95: 95e6, p99: 99e6 },
  });
});

it('forgets old durations', () => {
  const metrics = new EndpointMetrics(() => 0, 10);
  for (let at = 0; at < 10; at++) metrics.requestEnded(1000);
  for (let at = 0; at < 10; at++) metrics.requestEnded(1);
  expect(metrics.facts().http.p99).toBe(1e6);
});

it('rates follow what happens, the short one first, and fade when nothing does', () => {
  let nowMs = 0;
  const metrics = new EndpointMetrics(() => nowMs, 10);
  const secondsOf = (count: number, perSecond: number) => {
    for (let second = 0; second < count; second++, nowMs += 1000) {
      for (let at = 0; at < perSecond; at++) metrics.requestBegan();
    }
  };
  secondsOf(600, 10);
  expect(metrics.facts().http.rate1).toBeCloseTo(10, 1);
  secondsOf(60, 0);
  const { rate1, rate5, rate15 } = metrics.facts().http;
  expect(rate1).toBeCloseTo(10 * Math.exp(-1), 1);
  expect(rate5).toBeCloseTo(10 * Math.exp(-1 / 5), 1);
  expect(rate15).toBeCloseTo(10 * Math.exp(-1 / 15), 1);
  nowMs += 86_400_000;
  expect(metrics.facts().http.rate1).toBeCloseTo(0, 9);
});
