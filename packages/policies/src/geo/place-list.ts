import type { AddressFact, AddressFacts } from '@adit/policy-kit';
import type { PlaceLists } from './schema.ts';

/** Countries, continents and networks; an address is in the list when any of them has it. */
export class PlaceList {
  /** What must be known of addresses to say whether they are in it. */
  readonly asks: readonly AddressFact[];
  readonly #entries: ReadonlyMap<AddressFact, ReadonlySet<unknown>>;

  constructor({ countries, continents, as_numbers: asNumbers }: PlaceLists) {
    const lists: [AddressFact, readonly unknown[]][] = [
      ['countryCode', countries],
      ['continent', continents],
      ['asNumber', asNumbers],
    ];
    this.#entries = new Map(lists.filter(([, list]) => list.length > 0).map(([fact, list]) => [fact, new Set(list)]));
    this.asks = [...this.#entries.keys()];
  }

  has(facts: AddressFacts): boolean {
    return this.asks.some((fact) => this.#entries.get(fact)?.has(facts[fact]));
  }

  /** False: of nothing that it asks anything is known. */
  isKnown(facts: AddressFacts): boolean {
    return this.asks.some((fact) => facts[fact] !== undefined);
  }
}
