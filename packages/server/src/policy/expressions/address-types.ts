import type { AddressFact } from '@adit/policy-kit';
import type { FieldRow, NameRow, ObjectType, UnknowableRow } from './field-row.ts';
import {
  AddressPlacesView,
  AddressView,
  AutonomousSystemView,
  networkFacts,
  PlaceView,
  placeFacts,
  RegistrationView,
  registrationFacts,
  ShortPlaceView,
} from './views/address-view.ts';

const noLists: UnknowableRow = { reason: 'it has no lists of addresses' };
const onlyCountry: UnknowableRow = { reason: 'of where a network is registered, databases say the country only' };

const shortPlaceFields: Readonly<Record<string, NameRow>> = {
  city: row('string', 'The city.', 'city'),
  country: row('string', 'The country.', 'country'),
  country_code: row('string', 'The country by its two letters (ISO 3166-1), e.g. `DE`.', 'countryCode'),
  latitude: row('string', 'The latitude, in degrees; `double()` to compute with.', 'latitude'),
  longitude: row('string', 'The longitude, in degrees.', 'longitude'),
  radius: row('string', 'It is likely to be within so many kilometres of that.', 'radiusKm'),
  subdivision: row('string', 'The state or province.', 'subdivision'),
};

/** Objects in which databases say where an address is and whose. Of an address that they do not know texts are empty. */
export const addressTypes: Readonly<Record<string, ObjectType>> = {
  address: {
    view: AddressView,
    fields: {
      as: row('autonomous_system', 'The autonomous system that announces it.', ...networkFacts),
      categories: noLists,
      geo: row('address_places', 'Where it is.', ...placeFacts, ...registrationFacts),
      is_on_blocklist: noLists,
      is_tor_node: noLists,
    },
  },
  autonomous_system: {
    view: AutonomousSystemView,
    fields: {
      number: row('int', 'Its number; 0 when it is not known.', 'asNumber'),
      organization: row('string', 'Who it belongs to.', 'asOrganization'),
    },
  },
  address_places: {
    view: AddressPlacesView,
    fields: {
      location: row('place', 'Where it is used.', ...placeFacts),
      registered_location: row('registration', 'Where its network is registered.', ...registrationFacts),
    },
  },
  place: {
    view: PlaceView,
    fields: {
      ...shortPlaceFields,
      continent: row('string', 'The continent: `AF`, `AN`, `AS`, `EU`, `NA`, `OC` or `SA`.', 'continent'),
      is_eu: row('bool', 'The country is in the European Union; false when it is not known.', 'isInEu'),
      metro_code: row('string', 'The metro code, of places in the USA.', 'metroCode'),
      postal_code: row('string', 'The postal code.', 'postalCode'),
      timezone: row('string', 'The time zone, e.g. `Europe/Berlin`.', 'timeZone'),
    },
  },
  registration: {
    view: RegistrationView,
    fields: {
      city: onlyCountry,
      continent: onlyCountry,
      country: row('string', 'The country.', 'registeredCountry'),
      country_code: row('string', 'The country by its two letters (ISO 3166-1).', 'registeredCountryCode'),
      is_eu: row('bool', 'The country is in the European Union; false when it is not known.', 'isRegisteredInEu'),
      metro_code: onlyCountry,
      subdivision: onlyCountry,
      timezone: onlyCountry,
    },
  },
  short_place: { view: ShortPlaceView, fields: shortPlaceFields },
};

/** @param facts It is known where one of these is. */
function row(type: string, description: string, ...facts: AddressFact[]): FieldRow {
  return { type, description, facts };
}
