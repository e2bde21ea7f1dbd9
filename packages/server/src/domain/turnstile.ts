/**
 * Lets so many pass in each turn of the event loop; the others wait for the next turns, in order. For work that is short by
 * itself but wanted by thousands at once, as when all agents come back after a restart: whoever else wants something of
 * the loop then waits for a few of them, not for all.
 */
export class Turnstile {
  readonly #perTurn: number;
  readonly #inNextTurn: (callback: () => void) => void;
  #waiting: (() => void)[] = [];
  #places: number;
  #isTurnAwaited = false;

  /** @param inNextTurn Calls back once, in the next turn of the loop. Default: `setImmediate`. */
  constructor(perTurn: number, inNextTurn: (callback: () => void) => void = setImmediate) {
    this.#perTurn = perTurn;
    this.#inNextTurn = inNextTurn;
    this.#places = perTurn;
  }

  /** Resolves when the caller may go on: at once while this turn has places. */
  async pass(): Promise<void> {
    this.#awaitTurn();
    if (this.#places > 0) this.#places -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #awaitTurn(): void {
    if (this.#isTurnAwaited) return;
    this.#isTurnAwaited = true;
    this.#inNextTurn(() => {
      this.#isTurnAwaited = false;
      const passing = this.#waiting.splice(0, this.#perTurn);
      this.#places = this.#perTurn - passing.length;
      if (this.#waiting.length > 0) this.#awaitTurn();
      for (const resolve of passing) resolve();
    });
  }
}
