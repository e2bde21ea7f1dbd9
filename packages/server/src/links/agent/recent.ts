/** A set that forgets what was added longest ago once it is full. */
export class Recent<T> {
  readonly #items = new Set<T>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(item: T): void {
    this.#items.delete(item);
    this.#items.add(item);
    for (const oldest of this.#items) {
      if (this.#items.size <= this.#capacity) return;
      this.#items.delete(oldest);
    }
  }

  has(item: T): boolean {
    return this.#items.has(item);
  }
}
