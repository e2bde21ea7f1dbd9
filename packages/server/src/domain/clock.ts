/** Time, injected: the only way product code learns it. Tests pass a clock they move by hand. */
export interface Clock {
  /**
   * Milliseconds on a clock that nobody sets: only differences count. Everything that is measured or waited for goes by
   * it, so that no session or request is lost when the machine's time of day is corrected.
   */
  now(): number;
  /** Milliseconds since 1970, as the machine has it now: for what is kept, shown or compared with other machines' time. */
  timeOfDay(): number;
  /** Calls back once after `delayMs`; the answer cancels it. Never keeps the process alive. */
  after(delayMs: number, callback: () => void): () => void;
}
