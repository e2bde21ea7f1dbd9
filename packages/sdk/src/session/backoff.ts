/**
 * How long to wait before a further attempt: none before the first, then a random share of 0.25 s doubling to 30 s
 * ("full jitter": agents that lost one server do not come back in step). Never longer than the server has been gone: small
 * shares in a row would else double the bound far beyond that, and a server that was gone for a moment be missed for long.
 *
 * @param attempt 0 for the first attempt after a loss.
 * @param options.random Answers 0 ≤ n < 1.
 * @param options.goneForMs Since the loss.
 */
export function backoffMs(attempt: number, { random, goneForMs }: { random(): number; goneForMs: number }): number {
  if (attempt <= 0) return 0;
  const doubledMs = firstMs * 2 ** (attempt - 1);
  return Math.round(random() * Math.min(maxMs, doubledMs, Math.max(firstMs, goneForMs)));
}

const firstMs = 250;
const maxMs = 30_000;
