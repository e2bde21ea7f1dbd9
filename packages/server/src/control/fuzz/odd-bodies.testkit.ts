import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { OddRequest } from './odd-request.testkit.ts';

const maxBodyBytes = 1024 * 1024;

/** What is no body of any operation, but for an empty object among them. */
export const oddBodies: readonly (string | Buffer)[] = [
  ...['', ' ', 'null', 'true', '1', '1e400', '"a"', '[]', '[{}]', '\0', '\ufeff{}', "{'a':1}", '{}//', '{,}', '{}}'],
  ...['{', '{"a"', '{"a":', '{"a":}', '[['.repeat(100_000), '{"a":'.repeat(100_000)],
  ...['{"__proto__":1}', '{"constructor":{"prototype":{"a":1}}}', '{"\\u005f_proto__":{}}'],
  ...[
    Buffer.from([0xff, 0xfe]),
    Buffer.from('{"description":"\xff"}', 'latin1'),
    Buffer.from('{}', 'utf16le'),
    gzipSync('{}'),
  ],
  ...[`{"description":"${'a'.repeat(maxBodyBytes)}"}`, ' '.repeat(maxBodyBytes + 1)],
  `{${Array.from({ length: 50_000 }, (_, i) => `"a${i}":1`).join()}}`,
];

/** Another body, perhaps said to be packed. */
export const oddBody: fc.Arbitrary<OddRequest> = fc
  .tuple(fc.nat(oddBodies.length - 1), fc.boolean())
  .map(([body, isPacked]) => ({ body, ...(isPacked && { headers: { 'content-encoding': 'gzip' } }) }));
