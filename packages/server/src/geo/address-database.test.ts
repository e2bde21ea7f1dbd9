import fc from 'fast-check';
import { Reader } from 'mmdb-lib';
import { describe, expect, test } from 'vitest';
import { formatIpAddress, parseIpAddress } from '../domain/ip-address.ts';
import { AddressDatabase, DatabaseProblem } from './address-database.ts';
import { factsOf } from './fact-fields.ts';
import { type MmdbValue, makeMmdb } from './make-mmdb.testkit.ts';

const code = fc.constantFrom('DE', 'FR', 'NO', 'US');
const record = fc.oneof(
  code.map((country_code) => ({ country_code })),
  fc.record({
    country: code.map((iso_code) => ({ iso_code, names: { de: 'x'.repeat(40), en: iso_code.repeat(150) } })),
    location: fc.record({ latitude: fc.double({ noNaN: true }), accuracy_radius: fc.nat() }),
    subdivisions: fc.array(
      code.map((en) => ({ names: { en } })),
      { maxLength: 2 },
    ),
  }),
  fc.nat({ max: 0xffff_ffff }).map((autonomous_system_number) => ({ autonomous_system_number })),
);
const ipv4 = fc.bigInt(0n, 2n ** 32n - 1n).map((value) => formatIpAddress({ family: 4, value }));
const ipv6 = fc.bigInt(2n ** 125n, 2n ** 126n - 1n).map((value) => formatIpAddress({ family: 6, value }));
const ipv4Network = fc.tuple(ipv4, fc.integer({ min: 1, max: 32 })).map((parts) => parts.join('/'));
const ipv6Network = fc.tuple(ipv6, fc.integer({ min: 3, max: 128 })).map((parts) => parts.join('/'));
const recordSize = fc.constantFrom<24 | 28 | 32>(24, 28, 32);
const networks = (network: fc.Arbitrary<string>) => fc.dictionary(network, record, { minKeys: 1, maxKeys: 8 });
const database = fc.oneof(
  fc.record({
    networks: networks(ipv4Network),
    options: fc.record({ recordSize, ipVersion: fc.constant(4 as const) }),
  }),
  fc.record({ networks: networks(fc.oneof(ipv4Network, ipv6Network)), options: fc.record({ recordSize }) }),
);

/** Most addresses are in no network of a few: the first of each is asked, too. */
function addressesOf(
  { networks: known }: { networks: Record<string, MmdbValue> },
  others: readonly string[],
): string[] {
  return [...Object.keys(known).map((network) => network.replace(/\/.*/, '')), ...others];
}

/** The slow and plain way: of the networks that an address is in, the last that was put there counts. */
function expected(known: Record<string, MmdbValue>, address: string): MmdbValue | null {
  const asked = parseIpAddress(address);
  const found = Object.keys(known).filter((network) => {
    const [text = '', bits] = network.split('/');
    const base = parseIpAddress(text);
    if (!asked || !base || asked.family !== base.family) return false;
    const shift = BigInt((base.family === 4 ? 32 : 128) - Number(bits));
    return asked.value >> shift === base.value >> shift;
  });
  return known[found.at(-1) ?? ''] ?? null;
}

describe('AddressDatabase', () => {
  test('says what the library says, and what was written', async () => {
    let known = 0;
    await fc.assert(
      fc.asyncProperty(database, fc.array(fc.oneof(ipv4, ipv6)), async (made, others) => {
        const bytes = makeMmdb(made.networks, made.options);
        const [read, library] = [await opened(bytes), new Reader<never>(bytes)];
        for (const address of addressesOf(made, others)) {
          const facts = read?.lookUp(address) ?? {};
          const isOther = library.metadata.ipVersion === 4 && address.includes(':');
          expect(facts).toEqual(isOther ? {} : factsOf(library.get(address)));
          expect(facts).toEqual(factsOf(expected(made.networks, address)));
          known += Number(Object.keys(facts).length > 0);
        }
      }),
    );
    expect(known).toBeGreaterThan(100);
  });

  test('knows what any of its records says, and no more', async () => {
    await fc.assert(
      fc.asyncProperty(database, async (made) => {
        const read = await opened(makeMmdb(made.networks, made.options));
        const said = addressesOf(made, []).flatMap((address) => Object.keys(read?.lookUp(address) ?? {}));
        for (const fact of said) expect(read?.facts).toContain(fact);
        const written = Object.values(made.networks).flatMap((one) => Object.keys(factsOf(one)));
        for (const fact of read?.facts ?? []) expect(written).toContain(fact);
      }),
    );
  });

  test('is refused, or answers whatever it is asked, when bytes of it are others', async () => {
    const tally = { refused: 0, answered: 0 };
    const change = fc.record({ at: fc.nat(), bits: fc.integer({ min: 1, max: 255 }) });
    const changes = fc.array(change, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(database, changes, fc.array(fc.oneof(ipv4, ipv6)), async (made, written, others) => {
        const bytes = makeMmdb(made.networks, made.options);
        for (const { at, bits } of written) bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ bits;
        const read = await opened(bytes);
        tally[read ? 'answered' : 'refused'] += 1;
        for (const address of addressesOf(made, others)) read?.lookUp(address);
      }),
      { numRuns: 1_000 },
    );
    expect(Math.min(tally.refused, tally.answered)).toBeGreaterThan(100);
  });

  test('is refused when it is cut off anywhere', async () => {
    const whole = makeMmdb({ '192.0.2.0/24': { country_code: 'DE' }, '2001:db8::/32': { country_code: 'FR' } });
    for (let length = 0; length < whole.length; length += 1) {
      await expect(AddressDatabase.read(whole.subarray(0, length))).rejects.toThrow(DatabaseProblem);
    }
  });

  test('is refused when its tree leads behind its records, even to something that can be read', async () => {
    const bytes = makeMmdb({ '0.0.0.0/1': { country_code: 'DE' } }, { ipVersion: 4, recordSize: 32 });
    const [nodeCount, treeBytes] = [1, 8];
    bytes.writeUInt32BE(nodeCount + bytes.indexOf('MaxMind.com') + 'MaxMind.com'.length - treeBytes, 4);
    expect(new Reader<never>(bytes).get('128.0.0.1')).toMatchObject({ database_type: 'Test' });
    await expect(AddressDatabase.read(bytes)).rejects.toThrow('it is damaged');
  });

  test.each<[title: string, bytes: Buffer, problem: string]>([
    ['nothing', Buffer.alloc(0), 'it is no database in the format of MaxMind, or not a whole one'],
    ['a page', Buffer.from('<!doctype html>'), 'it is no database in the format of MaxMind, or not a whole one'],
    ['records of another kind', makeMmdb({ '192.0.2.0/24': { domain: 'example.com' } }), 'it says nothing of what is'],
    ['no records', makeMmdb({}), 'it says nothing of what is known here'],
    ['another version', withDescription({ binary_format_major_version: 3 }), 'it has another version of the format'],
    ['another kind of address', withDescription({ ip_version: 5 }), 'it is damaged'],
    ['no kind of address', withDescription({ ip_version: 'six' }), 'it is damaged'],
    ['halves of 20 bits', withDescription({ record_size: 20 }), 'what it says about itself cannot be read'],
    ['more nodes than there are', withDescription({ node_count: 100_000 }), 'it is damaged'],
    ['fewer nodes than there are', withDescription({ node_count: 10 }), 'it is damaged'],
    ['no nodes', withDescription({ node_count: 0 }), 'it is damaged'],
    ['a list for a description', Buffer.from('\xab\xcd\xefMaxMind.com\x00\x04', 'latin1'), 'what it says about itself'],
  ])('is refused: %s', async (_, bytes, problem) => {
    await expect(AddressDatabase.read(bytes)).rejects.toThrow(problem);
  });
});

function withDescription(description: Record<string, MmdbValue>): Buffer {
  return makeMmdb({ '192.0.2.0/24': { country_code: 'DE' } }, { description });
}

/** Undefined: it is refused, as it should be of one that it cannot use. */
async function opened(bytes: Buffer): Promise<AddressDatabase | undefined> {
  try {
    return await AddressDatabase.read(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(DatabaseProblem);
    return undefined;
  }
}
