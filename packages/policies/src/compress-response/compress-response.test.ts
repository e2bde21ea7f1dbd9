import { once } from 'node:events';
import type { Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { Slots } from '@adit/policy-kit';
import { SampleContext, sampleHost, testPolicy } from '@adit/policy-kit/testkit';
import { expect, test } from 'vitest';
import { compressResponse } from './compress-response.ts';
import { negotiate } from './negotiate.ts';
import type { Algorithm } from './schema.ts';

const wanted = { headers: { 'accept-encoding': 'gzip' } };
const page = { headers: { 'content-type': 'text/html', 'content-length': '5', etag: '"a"', 'accept-ranges': 'bytes' } };
const decoders = {
  gzip: promisify(zlib.gunzip),
  br: promisify(zlib.brotliDecompress),
  deflate: promisify(zlib.inflate),
  zstd: promisify(zlib.zstdDecompress),
};

testPolicy(compressResponse, {
  decisions: [
    {
      title: 'compresses, and says so',
      config: {},
      request: wanted,
      response: page,
      expected: 'continue',
      check: ({ response, result }) => {
        expect(Object.fromEntries(response.headers.toMap())).toEqual({
          'content-type': ['text/html'],
          'content-encoding': ['gzip'],
          etag: ['W/"a"'],
          vary: ['Accept-Encoding'],
        });
        expect(response.transforms).toHaveLength(1);
        expect(result).toEqual({ already_compressed: false, negotiated_algorithm: 'gzip' });
      },
    },
    ...(['gzip', 'br', 'deflate', 'zstd'] as const).map((algorithm) => ({
      title: `makes ${algorithm} that others can read, a piece at a time`,
      config: { algorithms: [algorithm] },
      request: { headers: { 'accept-encoding': algorithm } },
      response: page,
      expected: 'continue',
      check: async ({ response }: SampleContext) => {
        const [transform] = response.transforms;
        if (!transform) throw new Error('There is no transform');
        transform.write('hello ');
        // Nobody has to wait for the rest of it.
        const first = await new Promise<Buffer>((resolve) => transform.once('data', resolve));
        const rest = buffer(transform);
        transform.end('world');
        expect((await decoders[algorithm](Buffer.concat([first, await rest]))).toString()).toBe('hello world');
      },
    })),
    {
      title: 'leaves as it is what would be one too many at a time',
      config: {},
      host: { compressions: new Slots(0) },
      request: wanted,
      response: page,
      expected: 'continue',
      check: ({ response, result }) => {
        expect(response.headers.first('content-encoding')).toBeUndefined();
        expect(response.headers.first('content-length')).toBe('5');
        expect(result).toEqual({ already_compressed: false, negotiated_algorithm: '' });
      },
    },
    {
      title: 'says nothing of the bytes before',
      config: {},
      request: wanted,
      response: {
        headers: { 'content-digest': 'sha-256=:x:', 'repr-digest': 'sha-256=:x:', digest: 'x', 'content-md5': 'x' },
      },
      expected: 'continue',
      check: ({ response }) =>
        expect(response.headers.lines).toEqual(['vary', 'Accept-Encoding', 'content-encoding', 'gzip']),
    },
    {
      title: 'tells HEAD what GET would be told',
      config: {},
      request: { method: 'HEAD', ...wanted },
      response: { ...page, hasBody: false },
      expected: 'continue',
      check: ({ response }) =>
        expect(Object.fromEntries(response.headers.toMap())).toEqual({
          'content-type': ['text/html'],
          'content-encoding': ['gzip'],
          etag: ['W/"a"'],
          vary: ['Accept-Encoding'],
        }),
    },
    {
      title: 'tells caches what a page that they have depends on',
      config: {},
      request: wanted,
      response: { status: 304, hasBody: false, headers: { etag: '"a"', vary: 'Cookie' } },
      expected: 'continue',
      check: ({ response }) =>
        expect(response.headers.lines).toEqual(['etag', '"a"', 'vary', 'Cookie', 'vary', 'Accept-Encoding']),
    },
    {
      title: 'says that it depends on the visitor also to those who want none',
      config: {},
      request: {},
      response: { headers: { 'content-length': '5', vary: 'Cookie' } },
      expected: 'continue',
      check: ({ response }) => {
        expect(response.headers.values('vary')).toEqual(['Cookie', 'Accept-Encoding']);
        expect(response.headers.first('content-length')).toBe('5');
        expect(response.transforms).toEqual([]);
      },
    },
    ...[
      ['what is compressed already', { headers: { 'content-encoding': 'br' } }],
      ['parts of a file', { status: 206 }],
      ['what must not be changed', { headers: { 'cache-control': 'private, no-transform' } }],
      ['streams of events', { headers: { 'content-type': 'text/event-stream; charset=utf-8' } }],
      ['pictures', { headers: { 'content-type': 'image/png' } }],
      ['what has no content', { hasBody: false }],
    ].map(([what, response]) => ({
      title: `leaves ${String(what)} as it is`,
      config: {},
      request: wanted,
      response: response as object,
      expected: 'continue',
      check: ({ response: left }: { response: { transforms: readonly unknown[] } }) =>
        expect(left.transforms).toEqual([]),
    })),
  ],
  refusals: [
    { title: 'refuses an unknown algorithm', config: { algorithms: ['lzma'] }, code: 9600, names: 'algorithms' },
    { title: 'refuses one twice', config: { algorithms: ['br', 'br'] }, code: 9600, names: 'once' },
  ],
});

// Each stream of a visitor who reads slowly keeps its window, and several times that.
test.each([
  ['br', (bytes: Buffer) => (bytes[0] ?? 0) & 0x0f, 0x03], // RFC 7932 §9.1: 18
  ['zstd', (bytes: Buffer) => ((bytes[5] ?? 0) >> 3) + 10, 18], // RFC 8878 §3.1.1.1.2
] as const)('compress-response makes %s with a window of 256 KiB', async (algorithm, windowOf, expected) => {
  const policy = await compressResponse.prepare(compressResponse.schema.parse({}), sampleHost());
  const context = new SampleContext({ request: { headers: { 'accept-encoding': algorithm } }, response: page });
  await policy.response?.(context);
  const [transform] = context.response.transforms;
  if (!transform) throw new Error('There is no transform');
  transform.end(Buffer.alloc(1_000_000, 'abcdefgh'));
  expect(windowOf(await buffer(transform))).toBe(expected);
});

const all: Algorithm[] = ['zstd', 'br', 'gzip', 'deflate'];
test.each<[accept: string, offered: Algorithm[], expected: Algorithm | null]>([
  ['gzip, br', all, 'br'],
  ['gzip;q=1.0, br;q=0.5', all, 'gzip'],
  ['GZIP', all, 'gzip'],
  ['x-gzip', all, 'gzip'],
  ['*', all, 'zstd'],
  ['*;q=0.1, gzip', all, 'gzip'],
  ['gzip;q=0', all, null],
  ['gzip;q=0, *', ['gzip'], null],
  ['identity, gzip;q=0.5', all, null],
  ['gzip;q=x', all, null],
  ['gzip;q=2', all, null],
  ['', all, null],
  ['compress', all, null],
  ['br', ['gzip'], null],
])('negotiate(%j, %j) is %j', (accept, offered, expected) => {
  expect(negotiate(accept, offered)).toBe(expected);
});

test('negotiate() reads a weight of very many spaces at once', () => {
  expect(negotiate(`gzip;q=a${' '.repeat(262_144)}y`, ['gzip'])).toBe(null);
});

test.each([
  ['was read', (transform: Transform) => buffer(transform.end('hello'))],
  ['nobody wants any more', (transform: Transform) => transform.destroy()],
])('gives its slot back when an answer %s', async (_, end) => {
  const compressions = new Slots(1);
  const policy = await compressResponse.prepare({ algorithms: ['gzip'] }, sampleHost({}, { compressions }));
  const asked = () => {
    const context = new SampleContext().next({ request: wanted, response: page });
    void policy.response?.(context);
    return context.response.transforms;
  };
  const [transform] = asked();
  expect(asked()).toEqual([]);
  if (!transform) throw new Error('There is no transform');
  const closed = once(transform, 'close');
  await end(transform);
  await closed;
  expect(asked()).toHaveLength(1);
});

test('takes no slot for HEAD', async () => {
  const compressions = new Slots(1);
  const policy = await compressResponse.prepare({ algorithms: ['gzip'] }, sampleHost({}, { compressions }));
  void policy.response?.(
    new SampleContext().next({ request: { method: 'HEAD', ...wanted }, response: { ...page, hasBody: false } }),
  );
  expect(compressions.take()).toBeDefined();
});
