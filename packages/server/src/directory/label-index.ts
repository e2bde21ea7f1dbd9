import type { Labels } from '../domain/labels.ts';

/** Items by the labels that they have, for whoever looks for some of these. What is one owner's no other finds. */
export class LabelIndex<Item> {
  readonly #byLabel = new Map<string, Set<Item>>();

  add(owner: string, labels: Labels, item: Item): void {
    for (const key of keysOf(owner, labels)) {
      this.#byLabel.set(key, (this.#byLabel.get(key) ?? new Set()).add(item));
    }
  }

  remove(owner: string, labels: Labels, item: Item): void {
    for (const key of keysOf(owner, labels)) {
      const items = this.#byLabel.get(key);
      items?.delete(item);
      if (items?.size === 0) this.#byLabel.delete(key);
    }
  }

  /** Those that have all of the labels. Who asks for none finds none. Costs as much as the rarest of them has items. */
  find(owner: string, labels: Labels): Item[] {
    const sets = keysOf(owner, labels).map((key) => this.#byLabel.get(key) ?? new Set<Item>());
    const [fewest = [], ...others] = sets.sort((a, b) => a.size - b.size);
    return [...fewest].filter((item) => others.every((set) => set.has(item)));
  }
}

function keysOf(owner: string, labels: Labels): string[] {
  return Object.entries(labels).map((label) => JSON.stringify([owner, ...label]));
}
