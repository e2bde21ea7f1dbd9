import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { getTlsFingerprintAsJa4 } from 'read-tls-client-hello';
import { describe, expect, test } from 'vitest';
import {
  alpnExtension,
  corpus,
  extension,
  helloBody,
  message,
  records,
  serverNameExtension,
  uint16,
  vector,
} from './client-hello.testkit.ts';
import { parseClientHello } from './client-hello.ts';
import { ClientHelloReader } from './client-hello-reader.ts';

const codes = (values: readonly number[]): Buffer => Buffer.concat(values.map(uint16));
const signatures = (...values: number[]): Buffer => extension(13, vector(2, codes(values)));
const versions = (...values: number[]): Buffer => extension(43, vector(1, codes(values)));
const others = (...types: number[]): Buffer[] => types.map((type) => extension(type, Buffer.alloc(0)));
const named = serverNameExtension('a.localhost');

interface Hello {
  readonly version?: number;
  readonly ciphers?: readonly number[];
  readonly extensions?: Buffer[] | null;
}

function bodyOf({ version = 0x0303, ciphers = [0x1301], extensions = null }: Hello): Buffer {
  return helloBody(extensions, { version, ciphers: codes(ciphers) });
}

function ja4Of(hello: Hello): string | undefined {
  return parseClientHello(bodyOf(hello))?.fingerprint.ja4;
}

/** Who computes it independently of us. */
async function theirs(bytes: Buffer): Promise<string> {
  return await getTlsFingerprintAsJa4(new PassThrough().end(bytes));
}

/** The example of the description that FoxIO publishes, in the order in which the client sent it, with GREASE in between. */
const published = {
  ciphers: [
    0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c,
  ].concat([0x009d, 0x002f, 0x0035]),
  extensions: [
    ...[
      ...others(0x4a4a, 0x001b),
      named,
      ...others(0x0033),
      alpnExtension('h2', 'http/1.1'),
      ...others(0x4469, 0x0017),
    ],
    ...[...others(0x002d), signatures(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601)],
    ...[...others(0x0005, 0x0023, 0x0012), versions(0x3a3a, 0x0304, 0x0303)],
    ...others(0xff01, 0x000b, 0x000a, 0x0015, 0xdada),
  ],
};

describe('the JA4 fingerprint', () => {
  test('of the published example is the published one', () => {
    expect(ja4Of(published)).toBe('t13d1516h2_8daaf6152771_e5627efa2ab1');
  });

  test('of the published example without signature algorithms is the published one', () => {
    const extensions = published.extensions.map((one) =>
      one.readUInt16BE(0) === 13 ? (others(13)[0] as Buffer) : one,
    );
    expect(ja4Of({ ...published, extensions })).toBe('t13d1516h2_8daaf6152771_6d807ffa2a79');
  });

  const unnamed = { extensions: [] };
  test.each<[title: string, hello: Hello, start: string]>([
    ['TLS 1.3', { extensions: [versions(0x0303, 0x0304)] }, 't13i010100'],
    ['versions that are not in their order', { extensions: [versions(0x0301, 0x0303, 0x0302)] }, 't12i010100'],
    ['a list of one older version', { extensions: [versions(0x0302)] }, 't11i010100'],
    ['a version that is not known yet', { extensions: [versions(0x0305)] }, 't00i010100'],
    ['no version but GREASE', { extensions: [versions(0x0a0a)] }, 't00i010100'],
    ['a list of versions that is cut off', { extensions: [extension(43, Buffer.from([4, 3, 4]))] }, 't00i010100'],
    ['half a version', { extensions: [extension(43, Buffer.from([3, 3, 4, 3]))] }, 't00i010100'],
    ['an empty list of versions', { extensions: [extension(43, Buffer.alloc(0))] }, 't00i010100'],
    ['TLS 1.2', { ...unnamed, version: 0x0303 }, 't12i010000'],
    ['TLS 1.1', { ...unnamed, version: 0x0302 }, 't11i010000'],
    ['TLS 1.0', { ...unnamed, version: 0x0301 }, 't10i010000'],
    ['SSL 3', { extensions: null, version: 0x0300 }, 'ts3i010000'],
    ['an unknown version', { ...unnamed, version: 0x03ff }, 't00i010000'],
    ['a name', { extensions: [named] }, 't12d010100'],
    ['an address for a name', { extensions: [serverNameExtension('127.0.0.1')] }, 't12d010100'],
    ['99 ciphers', { ciphers: Array.from({ length: 99 }, (_, i) => i) }, 't12i990000'],
    ['100 ciphers and extensions', { ciphers: upTo(100), extensions: others(...upTo(100, 60)) }, 't12i999900'],
    ['a cipher that only looks like GREASE', { ciphers: [0x0a1a, 0xabab] }, 't12i020000'],
    ['no ciphers but GREASE', { ciphers: [0x0a0a, 0xfafa] }, 't12i000000_000000000000_000000000000'],
    ['one letter for a protocol', { extensions: [alpnExtension('h')] }, 't12i0101hh'],
    ['two protocols', { extensions: [alpnExtension('http/1.1', 'h2')] }, 't12i0101h1'],
    ...(
      [
        ['\xab', 'ab'],
        ['\x20', '20'],
        ['\xab\xcd', 'ad'],
        ['\x20a', '21'],
        ['0\xab', '3b'],
        ['a\x20', '60'],
        ['01\xab\xcd', '3d'],
        ['0\xab\xcd1', '01'],
        ['a\nb', 'ab'],
        ['Z-9', 'Z9'],
      ] as const
    ).map(([protocol, ends]): [string, Hello, string] => [
      `the protocol ${JSON.stringify(protocol)}`,
      { extensions: [alpnExtension(protocol)] },
      `t12i0101${ends}`,
    ]),
  ])('of a hello with %s begins with it', (_, hello, start) => {
    expect(ja4Of(hello)?.slice(0, start.length)).toBe(start);
  });

  test.each([
    ['cut off', [0, 4, 4, 3]],
    ['too long', [0, 2, 4, 3, 0]],
    ['odd', [0, 3, 4, 3, 0]],
    ['half a length', [0]],
  ])('of a list of signature algorithms that is %s is that of none', (_, bytes) => {
    const broken = extension(13, Buffer.from(bytes));
    expect(ja4Of({ extensions: [broken, named] })).toBe(ja4Of({ extensions: [named, ...others(13)] }));
  });

  test('is empty when a list is longer than that of any program', () => {
    expect(ja4Of({ ciphers: upTo(256) })).toMatch(/^t12i990000_/);
    expect(ja4Of({ ciphers: upTo(257) })).toBe('');
    expect(ja4Of({ extensions: [signatures(...upTo(257))] })).toBe('');
    expect(ja4Of({ extensions: others(...upTo(257, 60)) })).toBe('');
  });

  test.each([...corpus])('of %s is what the library makes of it', async (_, bytes) => {
    const progress = new ClientHelloReader(65_536).push(bytes);
    expect(progress.status === 'complete' && progress.hello.fingerprint.ja4).toBe(await theirs(bytes));
  });

  test('of any hello is what the library makes of it', async () => {
    // Not what it makes otherwise than the description: newer versions, protocols that are no text, more than 99 of a kind.
    const grease = fc.integer({ min: 0, max: 15 }).map((high) => high * 0x1010 + 0x0a0a);
    const isGrease = (code: number): boolean => (code & 0x0f0f) === 0x0a0a;
    const code = fc.oneof(
      { weight: 6, arbitrary: fc.nat(0xffff).filter((one) => !isGrease(one)) },
      { weight: 1, arbitrary: grease },
    );
    const known = new Set([0, 13, 16, 43]);
    const other = code.filter((type) => !known.has(type)).map((type) => extension(type, Buffer.alloc(2)));
    const list = fc.array(code, { minLength: 1, maxLength: 30 });
    const protocol = fc.stringMatching(/^[0-9A-Za-z](?:[\x20-\x7e]{0,6}[0-9A-Za-z])?$/);
    const extensions = fc.uniqueArray(
      fc.oneof(
        other,
        fc.constant(named),
        list.map((values) => signatures(...values)),
        fc.array(protocol, { minLength: 1, maxLength: 3 }).map((protocols) => alpnExtension(...protocols)),
        fc.subarray([0x0303, 0x0302, 0x5a5a]).map((values) => versions(...values, 0x0304)),
      ),
      { selector: (one) => one.readUInt16BE(0), minLength: 1, maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(list, extensions, fc.constantFrom(0x0301, 0x0302, 0x0303), async (ciphers, made, version) => {
        const hello = { ciphers, extensions: made, version };
        const hashed = made
          .map((one) => one.readUInt16BE(0))
          .filter((type) => type !== 0 && type !== 16 && !isGrease(type));
        // Of none it hashes nothing, which the description does not.
        fc.pre(hashed.length > 0);
        expect(ja4Of(hello)).toBe(await theirs(records(message(bodyOf(hello)))));
      }),
    );
  });
});

function upTo(count: number, first = 0): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}
