const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** From 0 to 1. */
export type Random = () => number;

/**
 * When a certificate is to be replaced: at two thirds of its life, minus up to a twentieth of it, so that those that were
 * issued together are not replaced together. Good for a life of six days as for one of 90. Never sooner than a twentieth of
 * its life from now: where one of the two clocks is wrong, one order would follow the other.
 */
export function renewalTime(
  { nowMs, notBeforeMs, notAfterMs }: { nowMs: number; notBeforeMs: number; notAfterMs: number },
  random: Random,
): number {
  const lifeMs = notAfterMs - notBeforeMs;
  const atMs = notBeforeMs + (lifeMs * 2) / 3 - (lifeMs / 20) * random();
  return Math.round(Math.max(atMs, nowMs + lifeMs / 20));
}

/**
 * When to try again after so many failures in a row, this one not counted: after a minute, then two, four … a day; less up to a
 * quarter. Never before the authority said.
 */
export function retryTime(
  { nowMs, failures, notBeforeMs }: { nowMs: number; failures: number; notBeforeMs: number | null },
  random: Random,
): number {
  const delayMs = Math.min(dayMs, minuteMs * 2 ** Math.min(failures, 20));
  const atMs = Math.round(nowMs + delayMs * (1 - random() / 4));
  return Math.max(atMs, notBeforeMs ?? 0);
}
