import { expect, test } from 'vitest';
import { factsOf } from './fact-fields.ts';

const names = (en: string) => ({ names: { de: `${en} (de)`, en } });

test.each<[title: string, record: unknown, facts: object]>([
  [
    'a city of MaxMind or DB-IP',
    {
      city: { geoname_id: 1, ...names('Berlin') },
      continent: { code: 'EU', ...names('Europe') },
      country: { iso_code: 'DE', is_in_european_union: true, ...names('Germany') },
      location: { accuracy_radius: 20, latitude: 52.52, longitude: -0.5, metro_code: 5, time_zone: 'Europe/Berlin' },
      postal: { code: '10115' },
      registered_country: { iso_code: 'FR', is_in_european_union: true, ...names('France') },
      subdivisions: [{ iso_code: 'BE', ...names('Land Berlin') }, names('inner')],
    },
    {
      city: 'Berlin',
      continent: 'EU',
      country: 'Germany',
      countryCode: 'DE',
      isInEu: true,
      latitude: '52.52',
      longitude: '-0.5',
      radiusKm: '20',
      metroCode: '5',
      postalCode: '10115',
      subdivision: 'Land Berlin',
      timeZone: 'Europe/Berlin',
      registeredCountry: 'France',
      registeredCountryCode: 'FR',
      isRegisteredInEu: true,
    },
  ],
  [
    'an autonomous system of MaxMind or DB-IP',
    { autonomous_system_number: 64_500, autonomous_system_organization: 'Beispiel AG' },
    { asNumber: 64_500, asOrganization: 'Beispiel AG' },
  ],
  [
    'IPinfo with names',
    { ...{ asn: 'AS64500', as_name: 'Beispiel AG', country: 'Germany', country_code: 'DE' }, continent_code: 'EU' },
    { asNumber: 64_500, asOrganization: 'Beispiel AG', country: 'Germany', countryCode: 'DE', continent: 'EU' },
  ],
  [
    'IPinfo with codes',
    {
      ...{ country: 'DE', country_name: 'Germany', continent: 'EU', continent_name: 'Europe' },
      lat: '52.5',
      lng: '13',
    },
    { country: 'Germany', countryCode: 'DE', continent: 'EU', latitude: '52.5', longitude: '13' },
  ],
  [
    'a flat city',
    { ...{ city: 'Berlin', country_code: 'DE', state1: 'Berlin', postcode: '10115' }, timezone: 'Europe/Berlin' },
    { city: 'Berlin', countryCode: 'DE', subdivision: 'Berlin', postalCode: '10115', timeZone: 'Europe/Berlin' },
  ],
  ['empty texts', { city: '', country_code: '', asn: '' }, {}],
  ['codes that are none', { country_code: 'de', continent: 'Europe', country: { iso_code: 276 } }, {}],
  ['numbers that are none', { asn: 'AS', autonomous_system_number: 0, latitude: Number.NaN }, {}],
  ['other forms', { city: ['Berlin'], location: 'here', subdivisions: {}, postal: null, country: true }, {}],
  ['names of every object', Object.fromEntries([['constructor', 'x']]), {}],
  ['no record', null, {}],
  ['a text', 'DE', {}],
])('factsOf() reads %s', (_, record, facts) => {
  expect(factsOf(record)).toEqual(facts);
});
