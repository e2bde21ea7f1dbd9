/**
 * A line in which everybody has a line of their own: of those who wait, each in turn has one taken. Who brings thousands
 * waits for them; the others do not.
 */
export class FairLine<T> {
  /** Whose turn is next comes first; nobody is here with nothing. */
  readonly #lines = new Map<string, Set<T>>();
  #size = 0;

  /** Of all together. */
  get size(): number {
    return this.#size;
  }

  /** @param whose Whoever is counted as one. */
  add(whose: string, item: T): void {
    const line = this.#lines.get(whose) ?? new Set();
    this.#lines.set(whose, line.add(item));
    this.#size += 1;
  }

  /** Harmless when it is not there. */
  delete(whose: string, item: T): void {
    const line = this.#lines.get(whose);
    if (!line?.delete(item)) return;
    this.#size -= 1;
    if (line.size === 0) this.#lines.delete(whose);
  }

  /** The next one, who leaves the line; undefined: nobody waits. */
  take(): T | undefined {
    for (const [whose, line] of this.#lines) {
      for (const item of line) {
        this.delete(whose, item);
        // Behind all others.
        if (this.#lines.delete(whose)) this.#lines.set(whose, line);
        return item;
      }
    }
    return undefined;
  }

  /** Everybody, who leave the line. */
  takeAll(): T[] {
    const all = [...this.#lines.values()].flatMap((line) => [...line]);
    this.#lines.clear();
    this.#size = 0;
    return all;
  }
}
