import { z } from 'zod';

/** More than there are countries. */
const maxCountries = 300;
const maxNetworks = 1_000;
const maxNumber = 2 ** 32 - 1;

const regions = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

/** A code that is not in use matches nobody: in "deny" it would let in whom it was meant for. */
function isCountryCode(code: string): boolean {
  const [current] = Intl.getCanonicalLocales(`und-${code}`);
  return regions.of(code) !== undefined && current === `und-${code}`;
}

const country = z
  .string()
  .regex(/^[A-Z]{2}$/, { error: 'a country is two capital letters (ISO 3166-1), such as "DE"', abort: true })
  .refine(isCountryCode, { error: ({ input }) => `there is no country "${String(input)}" in ISO 3166-1` });

const list = z
  .strictObject({
    countries: z.array(country).max(maxCountries).default([]).describe('Countries by their two letters (ISO 3166-1).'),
    continents: z
      .array(z.enum(['AF', 'AN', 'AS', 'EU', 'NA', 'OC', 'SA']))
      .default([])
      .describe('Continents: `AF`, `AN`, `AS`, `EU`, `NA`, `OC`, `SA`.'),
    as_numbers: z
      .array(z.int().min(1).max(maxNumber))
      .max(maxNetworks)
      .default([])
      .describe('Autonomous systems by number, at most 1,000.'),
  })
  .prefault({});

export const geoConfig = z
  .strictObject({
    allow: list.describe(
      '`countries`, `continents` and `as_numbers`, whose visitors may enter. Empty: everybody whom "deny" does not name.',
    ),
    deny: list.describe('The same three lists, whose visitors may not enter. Deny wins.'),
    enforce: z
      .boolean()
      .default(true)
      .describe(
        'False: nobody is refused; the result says who would be, and the log of the server does at level debug. Default: true.',
      ),
  })
  .refine(
    ({ allow, deny }) => [allow, deny].some((one) => Object.values(one).some(({ length }) => length > 0)),
    'give at least one entry in "allow" or "deny"',
  );

export type GeoConfig = z.output<typeof geoConfig>;
export type PlaceLists = GeoConfig['allow'];
