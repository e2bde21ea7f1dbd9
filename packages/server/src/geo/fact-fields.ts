// The one place that knows how databases call things: MaxMind's and those made like them (DB-IP), IPinfo's, and the flat ones
// of ip-location-db.
import type { AddressFact, AddressFacts } from '@adit/policy-kit';

type Value = string | number | boolean;

interface Field {
  /** Where it may stand in a record; the first place that has something usable counts. */
  readonly paths: readonly (readonly string[])[];
  /** Undefined: this is something else. */
  read(value: unknown): Value | undefined;
}

const fields: Readonly<Record<AddressFact, Field>> = {
  city: field(text, 'city.names.en', 'city'),
  continent: field(continentCode, 'continent.code', 'continent_code', 'continent'),
  country: field(countryName, 'country.names.en', 'country_name', 'country'),
  countryCode: field(countryCode, 'country.iso_code', 'country_code', 'country'),
  isInEu: field(flag, 'country.is_in_european_union'),
  latitude: field(decimal, 'location.latitude', 'latitude', 'lat'),
  longitude: field(decimal, 'location.longitude', 'longitude', 'lng'),
  radiusKm: field(decimal, 'location.accuracy_radius', 'radius'),
  metroCode: field(decimal, 'location.metro_code'),
  postalCode: field(text, 'postal.code', 'postal_code', 'postcode'),
  subdivision: field(text, 'subdivisions.0.names.en', 'region', 'state1'),
  timeZone: field(text, 'location.time_zone', 'timezone'),
  registeredCountry: field(text, 'registered_country.names.en'),
  registeredCountryCode: field(countryCode, 'registered_country.iso_code'),
  isRegisteredInEu: field(flag, 'registered_country.is_in_european_union'),
  asNumber: field(asNumber, 'autonomous_system_number', 'asn'),
  asOrganization: field(text, 'autonomous_system_organization', 'as_name'),
};

const entries = Object.entries(fields) as [AddressFact, Field][];

/** What a record of any database says; nothing of it is believed to have a form. */
export function factsOf(record: unknown): AddressFacts {
  const facts: { [fact in AddressFact]?: Value } = {};
  for (const [fact, known] of entries) {
    const value = valueOf(known, record);
    if (value !== undefined) facts[fact] = value;
  }
  return facts as AddressFacts;
}

function valueOf({ paths, read }: Field, record: unknown): Value | undefined {
  for (const path of paths) {
    const value = read(valueAt(record, path));
    if (value !== undefined) return value;
  }
  return undefined;
}

function field(read: Field['read'], ...paths: string[]): Field {
  return { paths: paths.map((path) => path.split('.')), read };
}

function valueAt(record: unknown, path: readonly string[]): unknown {
  let value = record;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Some write numbers as texts. */
function decimal(value: unknown): string | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : text(value);
}

function flag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

function countryCode(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Z]{2}$/.test(value) ? value : undefined;
}

/** IPinfo's `country` is the name in one database, the code in another. */
function countryName(value: unknown): string | undefined {
  return countryCode(value) === undefined ? text(value) : undefined;
}

function continentCode(value: unknown): string | undefined {
  return typeof value === 'string' && /^(?:AF|AN|AS|EU|NA|OC|SA)$/.test(value) ? value : undefined;
}

/** A number, or a text such as `AS64500`. */
function asNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number(/^AS(\d{1,10})$/.exec(value)?.[1]) : value;
  return typeof number === 'number' && Number.isInteger(number) && number > 0 ? number : undefined;
}
