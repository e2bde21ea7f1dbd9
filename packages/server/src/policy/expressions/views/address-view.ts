import type { AddressBook, AddressFact, AddressFacts } from '@adit/policy-kit';

export const placeFacts = [
  ...(['city', 'continent', 'country', 'countryCode', 'isInEu', 'latitude', 'longitude', 'radiusKm'] as const),
  ...(['metroCode', 'postalCode', 'subdivision', 'timeZone'] as const),
] as const satisfies readonly AddressFact[];
export const registrationFacts = ['registeredCountry', 'registeredCountryCode', 'isRegisteredInEu'] as const;
export const networkFacts = ['asNumber', 'asOrganization'] as const;

/**
 * What databases say of one address, looked up when first asked for. What they say of no address is not there; of what they say
 * of others only, texts are empty, numbers 0, and nothing is true.
 */
export class KnownFacts {
  readonly #address: string;
  readonly #book: AddressBook;
  #facts: AddressFacts | undefined;

  constructor(address: string, book: AddressBook) {
    this.#address = address;
    this.#book = book;
  }

  has(facts: readonly AddressFact[]): boolean {
    return facts.some((fact) => this.#book.knows(fact));
  }

  of<Fact extends AddressFact>(
    fact: Fact,
    otherwise: NonNullable<AddressFacts[Fact]>,
  ): NonNullable<AddressFacts[Fact]> | undefined {
    if (!this.#book.knows(fact)) return undefined;
    this.#facts ??= this.#book.lookUp(this.#address);
    return this.#facts[fact] ?? otherwise;
  }
}

/** What is behind an address: `conn.client_ip.geo` and the like. */
export class AddressView {
  readonly #facts: KnownFacts;

  constructor(facts: KnownFacts) {
    this.#facts = facts;
  }

  get as(): AutonomousSystemView | undefined {
    return this.#facts.has(networkFacts) ? new AutonomousSystemView(this.#facts) : undefined;
  }

  get geo(): AddressPlacesView | undefined {
    return this.#facts.has([...placeFacts, ...registrationFacts]) ? new AddressPlacesView(this.#facts) : undefined;
  }
}

/** `as`. */
export class AutonomousSystemView {
  readonly #facts: KnownFacts;

  constructor(facts: KnownFacts) {
    this.#facts = facts;
  }

  get number(): bigint | undefined {
    const number = this.#facts.of('asNumber', 0);
    return number === undefined ? undefined : BigInt(number);
  }

  get organization(): string | undefined {
    return this.#facts.of('asOrganization', '');
  }
}

/** `geo` of an address. */
export class AddressPlacesView {
  readonly #facts: KnownFacts;

  constructor(facts: KnownFacts) {
    this.#facts = facts;
  }

  get location(): PlaceView | undefined {
    return this.#facts.has(placeFacts) ? new PlaceView(this.#facts) : undefined;
  }

  get registered_location(): RegistrationView | undefined {
    return this.#facts.has(registrationFacts) ? new RegistrationView(this.#facts) : undefined;
  }
}

/** `conn.geo`. */
export class ShortPlaceView {
  protected readonly facts: KnownFacts;

  constructor(facts: KnownFacts) {
    this.facts = facts;
  }

  get city(): string | undefined {
    return this.facts.of('city', '');
  }

  get country(): string | undefined {
    return this.facts.of('country', '');
  }

  get country_code(): string | undefined {
    return this.facts.of('countryCode', '');
  }

  get latitude(): string | undefined {
    return this.facts.of('latitude', '');
  }

  get longitude(): string | undefined {
    return this.facts.of('longitude', '');
  }

  get radius(): string | undefined {
    return this.facts.of('radiusKm', '');
  }

  get subdivision(): string | undefined {
    return this.facts.of('subdivision', '');
  }
}

/** `geo.location` of an address. */
export class PlaceView extends ShortPlaceView {
  get continent(): string | undefined {
    return this.facts.of('continent', '');
  }

  get is_eu(): boolean | undefined {
    return this.facts.of('isInEu', false);
  }

  get metro_code(): string | undefined {
    return this.facts.of('metroCode', '');
  }

  get postal_code(): string | undefined {
    return this.facts.of('postalCode', '');
  }

  get timezone(): string | undefined {
    return this.facts.of('timeZone', '');
  }
}

/** `geo.registered_location` of an address. */
export class RegistrationView {
  readonly #facts: KnownFacts;

  constructor(facts: KnownFacts) {
    this.#facts = facts;
  }

  get country(): string | undefined {
    return this.#facts.of('registeredCountry', '');
  }

  get country_code(): string | undefined {
    return this.#facts.of('registeredCountryCode', '');
  }

  get is_eu(): boolean | undefined {
    return this.#facts.of('isRegisteredInEu', false);
  }
}
