import type { AddressBook, AddressFacts } from '@adit/policy-kit';
import { testPolicy } from '@adit/policy-kit/testkit';
import { expect } from 'vitest';
import { geo } from './geo.ts';

const facts: Readonly<Record<string, AddressFacts>> = {
  '203.0.113.7': { countryCode: 'DE', continent: 'EU', asNumber: 64_500 },
  '203.0.113.8': { countryCode: 'NO', continent: 'EU', asNumber: 64_501 },
  '203.0.113.9': { countryCode: 'US', continent: 'NA' },
  '203.0.113.10': { asNumber: 64_500 },
};
const book = (known: readonly string[]): AddressBook => ({
  knows: (fact) => known.includes(fact),
  lookUp: (address) => facts[address] ?? {},
});
const host = { addresses: book(['countryCode', 'continent', 'asNumber']) };
const from = (clientIp: string) => ({ host, connect: { clientIp } });
const german = { allow: { countries: ['DE'] } };

testPolicy(geo, {
  decisions: [
    {
      title: 'lets in a visitor from an allowed country',
      config: german,
      ...from('203.0.113.7'),
      expected: 'continue',
    },
    {
      title: 'refuses a visitor from another country',
      config: german,
      ...from('203.0.113.8'),
      expected: 'not-in-allow-list',
    },
    {
      title: 'refuses a visitor of whom nothing is known when there is an allow list',
      config: german,
      ...from('203.0.113.99'),
      expected: 'unknown-location',
    },
    {
      title: 'refuses a visitor of whom only something else is known',
      config: german,
      ...from('203.0.113.10'),
      expected: 'unknown-location',
    },
    {
      title: 'lets in a visitor of whom nothing is known when there is only a deny list',
      config: { deny: { countries: ['DE'], continents: ['NA'], as_numbers: [64_500] } },
      ...from('203.0.113.99'),
      expected: 'continue',
    },
    {
      title: 'refuses a visitor from a denied country',
      config: { deny: { countries: ['DE'] } },
      ...from('203.0.113.7'),
      expected: 'in-deny-list',
    },
    {
      title: 'refuses a visitor from a denied continent',
      config: { deny: { continents: ['NA'] } },
      ...from('203.0.113.9'),
      expected: 'in-deny-list',
    },
    {
      title: 'refuses a visitor from a denied network',
      config: { deny: { as_numbers: [64_500] } },
      ...from('203.0.113.10'),
      expected: 'in-deny-list',
    },
    {
      title: 'lets in whom any of the allow lists has',
      config: { allow: { countries: ['DE'], continents: ['NA'], as_numbers: [64_501] } },
      ...from('203.0.113.8'),
      expected: 'continue',
    },
    {
      title: 'lets deny win over the same country in allow',
      config: { allow: { countries: ['DE'] }, deny: { countries: ['DE'] } },
      ...from('203.0.113.7'),
      expected: 'in-deny-list',
    },
    {
      title: 'lets a denied network win over an allowed country',
      config: { allow: { countries: ['DE'] }, deny: { as_numbers: [64_500] } },
      ...from('203.0.113.7'),
      expected: 'in-deny-list',
    },
    {
      title: 'takes a continent and a country of the same letters for two things',
      config: { allow: { countries: ['NA'] } },
      ...from('203.0.113.9'),
      expected: 'not-in-allow-list',
    },
    {
      title: 'only says so when it is not enforced',
      config: { ...german, enforce: false },
      ...from('203.0.113.99'),
      expected: 'continue',
      check: (context) => {
        expect(context.result).toEqual({ action: 'deny' });
        expect(context.logged).toEqual([{ 'not-enforced': 'geo/unknown-location' }]);
      },
    },
    {
      title: 'decides on requests, too, and leaves what it decided',
      config: german,
      ...from('203.0.113.7'),
      request: {},
      expected: 'continue',
      check: ({ result }) => expect(result).toEqual({ action: 'allow' }),
    },
    {
      title: 'decides on answers, too',
      config: german,
      ...from('203.0.113.8'),
      response: {},
      expected: 'not-in-allow-list',
    },
  ],
  refusals: [
    ...(['countryCode', 'continent', 'asNumber'] as const).map((fact) => ({
      title: `refuses to ask for what no database says: ${fact}`,
      config: { allow: { countries: ['DE'] }, deny: { continents: ['NA'], as_numbers: [1] } },
      host: { addresses: book(['countryCode', 'continent', 'asNumber'].filter((known) => known !== fact)) },
      code: 9616 as const,
      names: { countryCode: 'the country', continent: 'the continent', asNumber: 'the autonomous system' }[fact],
    })),
    { title: 'refuses to be on a server without databases', config: german, code: 9616, names: 'geo-database' },
    ...['de', 'DEU', '276', '', 'D3'].map((code) => ({
      title: `refuses ${JSON.stringify(code)} for a country`,
      config: { deny: { countries: [code] } },
      host,
      code: 9600 as const,
      names: 'two capital letters',
    })),
    ...['UK', 'EN', 'ZQ', 'SU'].map((code) => ({
      title: `refuses "${code}", which is no country`,
      config: { deny: { countries: [code] } },
      host,
      code: 9600 as const,
      names: `no country \\"${code}\\"`,
    })),
    {
      title: 'refuses a continent that is none',
      config: { deny: { continents: ['Europe'] } },
      host,
      code: 9600,
      names: 'continents',
    },
    ...[0, 1.5, -1, 2 ** 32, 'AS64500'].map((number) => ({
      title: `refuses ${JSON.stringify(number)} for a number of a network`,
      config: { deny: { as_numbers: [number] } },
      host,
      code: 9600 as const,
      names: 'as_numbers',
    })),
    {
      title: 'refuses lists without entries',
      config: { allow: {}, deny: {} },
      host,
      code: 9600,
      names: 'at least one',
    },
    {
      title: 'refuses a list that it has not',
      config: { deny: { cities: ['Bonn'] } },
      host,
      code: 9600,
      names: 'cities',
    },
    {
      title: 'refuses more than 1,000 networks',
      config: { deny: { as_numbers: Array.from({ length: 1_001 }, (_, i) => i + 1) } },
      host,
      code: 9600,
      names: '1000',
    },
  ],
});
