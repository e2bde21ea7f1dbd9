import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { policyModules } from '@adit/policies';
import type { Policy } from '@adit/policy-kit';
import { SampleContext, sampleHost } from '@adit/policy-kit/testkit';
import fc from 'fast-check';
import { Reader } from 'mmdb-lib';
import { expect, test } from 'vitest';
import { fakeClock } from '../clock/fake-clock.testkit.ts';
import { temporaryDirectory } from '../files/temporary-directory.testkit.ts';
import { openGeoDatabases } from './geo-databases.ts';
import { makeMmdb } from './make-mmdb.testkit.ts';

const countries = ['DE', 'FR', 'US'];
const continents = ['EU', 'NA'];
const numbers = [1, 2, 3];
const record = fc.record(
  {
    country: fc.constantFrom(...countries).map((iso_code) => ({ iso_code })),
    continent: fc.constantFrom(...continents).map((code) => ({ code })),
    autonomous_system_number: fc.constantFrom(...numbers),
  },
  { requiredKeys: [] },
);
type Found = typeof record extends fc.Arbitrary<infer One> ? One : never;

const address = fc.tuple(fc.constantFrom(10, 11), fc.nat(3), fc.nat(3)).map(([a, b, c]) => `${a}.${b}.${c}.1`);
const network = fc.tuple(address, fc.constantFrom(7, 8, 15, 16, 23, 24)).map((parts) => parts.join('/'));
const lists = fc.record({
  countries: fc.subarray(countries),
  continents: fc.subarray(continents),
  as_numbers: fc.subarray(numbers),
});
const config = fc
  .record({ allow: lists, deny: lists })
  .filter(({ allow, deny }) => [allow, deny].some((one) => Object.values(one).some(({ length }) => length > 0)));
/** Says everything, so that no policy is refused for what nothing says. */
const whole = { country: { iso_code: 'AQ' }, continent: { code: 'AN' }, autonomous_system_number: 9 };

type Lists = typeof lists extends fc.Arbitrary<infer One> ? One : never;

/** As the README has it, by what the library says. */
function expected({ allow, deny }: { allow: Lists; deny: Lists }, found: Found): string {
  const isIn = (list: Lists): boolean =>
    list.countries.includes(found.country?.iso_code ?? '') ||
    list.continents.includes(found.continent?.code ?? '') ||
    list.as_numbers.includes(found.autonomous_system_number ?? 0);
  if (isIn(deny)) return 'deny';
  const allowsAll = Object.values(allow).every((list) => list.length === 0);
  return allowsAll || isIn(allow) ? 'continue' : 'deny';
}

test('the geo policy decides by what the library says of an address', async () => {
  const module = policyModules.find(({ name }) => name === 'geo');
  const dir = await temporaryDirectory();
  const file = join(dir, 'addresses.mmdb');
  const tally: Record<string, number> = { continue: 0, deny: 0 };
  const property = fc.asyncProperty(
    fc.dictionary(network, record, { minKeys: 1, maxKeys: 6 }),
    config,
    fc.array(address, { minLength: 1, maxLength: 20 }),
    async (networks, configured, addresses) => {
      const bytes = makeMmdb({ ...networks, '192.0.2.0/24': whole });
      await writeFile(file, bytes);
      const log = { info: () => undefined, warn: () => undefined };
      const book = await openGeoDatabases({ files: [file], clock: fakeClock(), log });
      const policy = (await module?.prepare(
        module.schema.parse(configured),
        sampleHost({}, { addresses: book }),
      )) as Policy;
      const library = new Reader<never>(bytes);
      for (const clientIp of addresses) {
        const decision = await policy.connect?.(new SampleContext({ connect: { clientIp } }));
        const outcome = expected(configured, library.get(clientIp) ?? {});
        expect(decision?.outcome).toBe(outcome);
        tally[outcome] = (tally[outcome] ?? 0) + 1;
      }
      book.close();
    },
  );
  await fc.assert(property);
  expect(Math.min(...Object.values(tally))).toBeGreaterThan(30);
});
