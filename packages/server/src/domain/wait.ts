import type { Clock } from './clock.ts';

const pauseMs = 100;

export function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => void clock.after(delayMs, resolve));
}

/** Resolves in the next turn of the event loop: others have theirs meanwhile. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Resolves when the condition holds, which is looked at every 100 ms, or the time for it is over. */
export async function waitUntil(clock: Clock, condition: () => boolean, timeoutMs: number): Promise<void> {
  const endMs = clock.now() + timeoutMs;
  while (!condition() && clock.now() < endMs) await pause(clock, pauseMs);
}
