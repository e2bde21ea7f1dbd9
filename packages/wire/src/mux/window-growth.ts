import type { WindowRule } from './window-rule.ts';

/** Watches how fast one stream uses up its window. */
export class WindowGrowth {
  readonly #rule: WindowRule;
  /** Negative: the next step begins a new look. */
  #sinceMs = -1;
  #receivedThen = 0;
  #consumedThen = 0;

  constructor(rule: WindowRule) {
    this.#rule = rule;
  }

  /**
   * Called when a step of the window was used up, with all bytes of the stream so far. Answers by how much the window grows
   * now, mostly 0. Both counts must have moved by half a window: a reader that empties in one go what has waited for long
   * is no reason to send it more. When they moved four times as fast as they had to, the way takes four times as much.
   */
  observe(windowBytes: number, receivedBytes: number, consumedBytes: number): number {
    const nowMs = this.#rule.now();
    const withinMs = this.#rule.growWithinMs;
    const elapsedMs = nowMs - this.#sinceMs;
    // Negative: the clock was set back.
    if (this.#sinceMs < 0 || elapsedMs < 0 || elapsedMs > withinMs) {
      this.#rule.noteUse();
      this.#sinceMs = nowMs;
      this.#receivedThen = receivedBytes;
      this.#consumedThen = consumedBytes;
      return 0;
    }
    const half = windowBytes / 2;
    if (receivedBytes - this.#receivedThen < half || consumedBytes - this.#consumedThen < half) return 0;
    // What comes next waits for the grants of now, so the time until then says nothing.
    this.#sinceMs = -1;
    return this.#rule.growthOf(windowBytes, elapsedMs * 4 <= withinMs ? 4 : 2);
  }
}
