import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { SampleContext, sampleHost, testPolicy } from '@adit/policy-kit/testkit';
import { expect, test } from 'vitest';
import { requestBodyFindReplace } from './request-body-find-replace.ts';

const config = { replacements: [{ from: 'secret' }] };
const bodyOf = async (context: SampleContext) => Buffer.from(await context.request.readBody(1e9));
const typed = (type: string, more: Record<string, string> = {}) => ({ headers: { 'content-type': type, ...more } });

testPolicy(requestBodyFindReplace, {
  decisions: [
    {
      title: 'replaces one pattern after the other, with groups and expressions',
      config: {
        replacements: [
          { from: 'b(.)', to: 'c$1${v}' },
          { from: 'c', to: '' },
        ],
      },
      values: { v: '!' },
      request: { ...typed('application/json', { 'content-digest': 'sha-256=:x:' }), body: 'abx' },
      expected: 'continue',
      check: async (context) => {
        expect((await bodyOf(context)).toString()).toBe('ax!');
        expect(context.request.headers.first('content-length')).toBe('3');
        expect(context.request.headers.has('content-digest')).toBe(false);
        expect(context.result).toEqual({
          replacements: [
            { replacement_index: 0n, matched_content: 'bx' },
            { replacement_index: 1n, matched_content: 'c' },
          ],
        });
      },
    },
    {
      title: 'counts length in bytes',
      config: { replacements: [{ from: 'a', to: 'é😀' }] },
      request: { body: 'a' },
      expected: 'continue',
      check: ({ request }) => expect(request.headers.first('content-length')).toBe('6'),
    },
    {
      title: 'keeps every byte of ISO-8859-1',
      config,
      request: {
        ...typed('text/plain; charset="ISO-8859-1"'),
        body: Buffer.from([0xe9, ...Buffer.from('secret'), 0x80]),
      },
      expected: 'continue',
      check: async (context) => expect(await bodyOf(context)).toEqual(Buffer.from([0xe9, 0x80])),
    },
    ...(
      [
        ['gzip', gzipSync],
        ['br', brotliCompressSync],
        ['zstd', zstdCompressSync],
      ] as const
    ).map(([coding, compress]) => ({
      title: `replaces in what came as ${coding}`,
      config,
      request: { ...typed('text/plain', { 'content-encoding': coding }), body: compress('a secret') },
      expected: 'continue',
      check: async (context: SampleContext) => {
        expect((await bodyOf(context)).toString()).toBe('a ');
        expect(context.request.headers.has('content-encoding')).toBe(false);
      },
    })),
    {
      title: 'leaves what has no match as it came, compressed',
      config,
      request: { ...typed('text/plain', { 'content-encoding': 'gzip' }), body: gzipSync('nothing') },
      expected: 'continue',
      check: async (context) => {
        expect(await bodyOf(context)).toEqual(gzipSync('nothing'));
        expect(context.request.headers.first('content-encoding')).toBe('gzip');
      },
    },
    {
      title: 'leaves what is no text as it is',
      config,
      request: { ...typed('multipart/form-data; boundary=x'), body: 'secret' },
      expected: 'continue',
      check: async (context) => expect((await bodyOf(context)).toString()).toBe('secret'),
    },
    { title: 'has nothing to do without content', config, request: {}, expected: 'continue' },
    ...[
      ['what is no UTF-8', { ...typed('text/plain'), body: Buffer.from([0xff, 0xfe, 0x73]) }],
      ['UTF-16 that passes for UTF-8', { ...typed('application/json'), body: Buffer.from('"secret"', 'utf16le') }],
      [
        'UTF-16 that says to be something else',
        { ...typed('text/plain; charset=latin1'), body: Buffer.from('\ufeffsecret', 'utf16le') },
      ],
      ['an unknown encoding', { ...typed('text/plain; charset=utf-7'), body: 'x' }],
      ['an encoding named like a property', { ...typed('text/plain; charset=constructor'), body: 'x' }],
      ['two encodings', { ...typed('text/plain; charset=utf-8; charset=latin1'), body: 'x' }],
      ['two types', { headers: { 'content-type': ['text/plain', 'image/png'] }, body: 'x' }],
      ['an unknown compression', { ...typed('text/plain', { 'content-encoding': 'compress' }), body: 'x' }],
      ['three compressions', { ...typed('text/plain', { 'content-encoding': 'gzip, gzip, gzip' }), body: 'x' }],
      ['what is not compressed as it says', { ...typed('text/plain', { 'content-encoding': 'gzip' }), body: 'x' }],
      [
        'what is compressed and cut',
        { ...typed('text/plain', { 'content-encoding': 'gzip' }), body: gzipSync('a secret').subarray(0, -4) },
      ],
    ].map(([what, request]) => ({
      title: `refuses ${String(what)}`,
      config,
      request: request as object,
      expected: 'unreadable',
    })),
  ],
  refusals: [
    { title: 'refuses a bound of nothing', config: { ...config, max_body_bytes: 0 }, code: 9600, names: '>=1' },
  ],
});

test.each([
  ['longer than may be held', 'x'.repeat(1_001), {}],
  ['little that becomes very much', gzipSync('x'.repeat(50_000_000)).subarray(0, 900), { 'content-encoding': 'gzip' }],
])('request-body-find-replace refuses %s by its size', async (_, body, headers) => {
  const schema = requestBodyFindReplace.schema.parse({ ...config, max_body_bytes: 1_000 });
  const policy = await requestBodyFindReplace.prepare(schema, sampleHost());
  const context = new SampleContext({ request: { ...typed('text/plain', headers), body } });
  await expect(policy.request?.(context)).rejects.toMatchObject({ code: 9010 });
});

test('request-body-find-replace: all patterns together have a second', async () => {
  const asked: string[] = [];
  let nowMs = 0;
  const host = sampleHost(
    {},
    {
      now: () => nowMs,
      pattern: (source) => ({
        source,
        test: () => true,
        replace: (text) => {
          asked.push(source);
          nowMs += 400;
          return { text, matches: [] };
        },
      }),
    },
  );
  const replacements = ['a', 'b', 'c', 'd', 'e'].map((from) => ({ from }));
  const policy = await requestBodyFindReplace.prepare(requestBodyFindReplace.schema.parse({ replacements }), host);
  const context = new SampleContext({ request: { ...typed('text/plain'), body: 'x' } });
  await expect(policy.request?.(context)).rejects.toThrow('too long');
  expect(asked).toEqual(['a', 'b', 'c']);
});

test('request-body-find-replace gives the default content time to come over 300 kbit/s', async () => {
  const config = requestBodyFindReplace.schema.parse({ replacements: [{ from: 'a' }] });
  const { timeoutMs = 0 } = await requestBodyFindReplace.prepare(config, sampleHost());
  expect((config.max_body_bytes * 8) / 300).toBeLessThan(timeoutMs);
});
