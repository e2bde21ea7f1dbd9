import type { AddressBook, AddressFact, AddressFacts } from '@adit/policy-kit';

const inBerlin: Required<AddressFacts> = {
  city: 'Berlin',
  continent: 'EU',
  country: 'Germany',
  countryCode: 'DE',
  isInEu: true,
  latitude: '52.52',
  longitude: '13.405',
  radiusKm: '20',
  metroCode: '0',
  postalCode: '10115',
  subdivision: 'Land Berlin',
  timeZone: 'Europe/Berlin',
  registeredCountry: 'Norway',
  registeredCountryCode: 'NO',
  isRegisteredInEu: false,
  asNumber: 64_500,
  asOrganization: 'Beispiel AG',
};

/** Knows the sample scope's visitor and server, which is in Paris. */
export const sampleAddresses = addressBook({
  '203.0.113.7': inBerlin,
  '192.0.2.1': { ...inBerlin, city: 'Paris', country: 'France', countryCode: 'FR', asNumber: 64_501 },
});

/** Says these facts of these addresses, and counts who asks. */
export function addressBook(
  facts: Readonly<Record<string, AddressFacts>>,
): AddressBook & { readonly asked: readonly string[] } {
  const known = new Set(Object.values(facts).flatMap((one) => Object.keys(one) as AddressFact[]));
  const asked: string[] = [];
  return {
    asked,
    knows: (fact) => known.has(fact),
    lookUp: (address) => {
      asked.push(address);
      return facts[address] ?? {};
    },
  };
}
