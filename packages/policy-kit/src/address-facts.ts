/** Where an address is and whose, as databases say. What none says is not there. Names are English. */
export interface AddressFacts {
  readonly city?: string;
  /** `AF`, `AN`, `AS`, `EU`, `NA`, `OC` or `SA`. */
  readonly continent?: string;
  readonly country?: string;
  /** Two capital letters (ISO 3166-1). */
  readonly countryCode?: string;
  readonly isInEu?: boolean;
  /** Degrees in decimal, as is the longitude. */
  readonly latitude?: string;
  readonly longitude?: string;
  /** Kilometres around that, in decimal. */
  readonly radiusKm?: string;
  readonly metroCode?: string;
  readonly postalCode?: string;
  /** The largest part of the country. */
  readonly subdivision?: string;
  /** E.g. `Europe/Berlin`. */
  readonly timeZone?: string;
  /** The country where the network is registered, which may be another one. */
  readonly registeredCountry?: string;
  readonly registeredCountryCode?: string;
  readonly isRegisteredInEu?: boolean;
  /** The autonomous system that announces it. */
  readonly asNumber?: number;
  readonly asOrganization?: string;
}

export type AddressFact = keyof AddressFacts;

/** The operator's databases of addresses. */
export interface AddressBook {
  /** True: it says that of some addresses. What it once knows it does not unlearn. */
  knows(fact: AddressFact): boolean;
  /**
   * @param address Textual, without zone. Nothing is known of what is no address.
   * @throws When a database is damaged there; whoever asked refuses.
   */
  lookUp(address: string): AddressFacts;
}

/** Where the operator gave no database. */
export const emptyAddressBook: AddressBook = { knows: () => false, lookUp: () => ({}) };
