/** What was worked out once. A macro may ask for the same field ten thousand times, and a visitor chooses how long it is. */
export class Kept {
  readonly #values = new Map<string, unknown>();

  get<T>(name: string, make: () => T): T {
    if (!this.#values.has(name)) this.#values.set(name, make());
    return this.#values.get(name) as T;
  }
}
