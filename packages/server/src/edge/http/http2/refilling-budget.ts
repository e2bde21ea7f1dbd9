/** What may be spent at once, and what comes back each second. */
export class RefillingBudget {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #atMs: number;

  constructor(amounts: { burst: number; perSecond: number }, nowMs: number) {
    this.#burst = amounts.burst;
    this.#perSecond = amounts.perSecond;
    this.#left = amounts.burst;
    this.#atMs = nowMs;
  }

  /** False: that was more than was left. */
  spend(amount: number, nowMs: number): boolean {
    const regained = (Math.max(0, nowMs - this.#atMs) * this.#perSecond) / 1000;
    this.#left = Math.min(this.#burst, this.#left + regained) - amount;
    this.#atMs = nowMs;
    return this.#left >= 0;
  }
}
