/**
 * How long to wait before a further attempt: none before the first, then a random share of 0.25 s doubling to 30 s
 * ("full jitter": agents that lost one server do not come back in step).
 *
 * @param attempt 0 for the first attempt after a loss.
 * @param random Answers 0 ≤ n < 1.
 */
export function backoffMs(attempt: number, random: () => number): number {
  if (attempt <= 0) return 0;
  return Math.round(random() * Math.min(maxMs, firstMs * 2 ** (attempt - 1)));
}

const firstMs = 250;
const maxMs = 30_000;
