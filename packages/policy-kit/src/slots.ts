/** How many of something there may be at a time. */
export class Slots {
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  /** Answers how to give it back; calling that twice is harmless. Undefined: none is free. */
  take(): (() => void) | undefined {
    if (this.#free === 0) return undefined;
    this.#free--;
    let isTaken = true;
    return () => {
      if (isTaken) this.#free++;
      isTaken = false;
    };
  }
}
