import { Readable, type Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { SampleContext, sampleHost, testPolicy } from '@adit/policy-kit/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { responseBodyFindReplace } from './response-body-find-replace.ts';

const config = { replacements: [{ from: 'secret', to: '***' }] };
const html = { 'content-type': 'text/html; charset=utf-8' };

async function through(transforms: readonly Transform[], pieces: readonly Uint8Array[]): Promise<Buffer> {
  const last = transforms.at(-1) as Transform;
  const [made] = await Promise.all([buffer(last), pipeline([Readable.from(pieces), ...transforms])]);
  return made;
}

async function answered(headers: Record<string, string>, pieces: readonly Uint8Array[], maxBytes = 1_000) {
  const schema = responseBodyFindReplace.schema.parse({ ...config, max_body_bytes: maxBytes });
  const policy = await responseBodyFindReplace.prepare(schema, sampleHost());
  const context = new SampleContext({ response: { headers } });
  expect(await policy.response?.(context)).toEqual({ outcome: 'continue' });
  return through(context.response.transforms, pieces);
}

testPolicy(responseBodyFindReplace, {
  decisions: [
    {
      title: 'replaces in text, and says nothing of the bytes before',
      config,
      response: { headers: { ...html, etag: '"a"', 'accept-ranges': 'bytes', digest: 'x' } },
      expected: 'continue',
      check: async ({ response }) => {
        expect(response.headers.lines).toEqual(['content-type', html['content-type'], 'etag', 'W/"a"']);
        expect((await through(response.transforms, [Buffer.from('a sec'), Buffer.from('ret')])).toString()).toBe(
          'a ***',
        );
      },
    },
    {
      title: 'sends what was compressed uncompressed',
      config,
      response: { headers: { ...html, 'content-encoding': 'gzip' } },
      expected: 'continue',
      check: async ({ response }) => {
        expect(response.headers.has('content-encoding')).toBe(false);
        expect((await through(response.transforms, [gzipSync('a secret')])).toString()).toBe('a ***');
      },
    },
    {
      title: 'leaves pictures as they are',
      config,
      response: { headers: { 'content-type': 'image/png' } },
      expected: 'continue',
      check: ({ response }) => expect(response.transforms).toEqual([]),
    },
    {
      title: 'tells HEAD what GET would be told',
      config,
      request: { method: 'HEAD' },
      response: {
        hasBody: false,
        headers: { ...html, 'content-length': '9', 'content-encoding': 'gzip', etag: '"a"' },
      },
      expected: 'continue',
      check: ({ response }) =>
        expect(response.headers.lines).toEqual(['content-type', html['content-type'], 'etag', 'W/"a"']),
    },
    {
      title: 'refuses HEAD where GET would be refused',
      config,
      request: { method: 'HEAD' },
      response: { hasBody: false, headers: { ...html, 'content-length': '1048577' } },
      expected: 'too-long',
    },
    {
      title: 'has nothing to do without content',
      config,
      response: { hasBody: false, status: 304 },
      expected: 'continue',
      check: ({ response }) => expect(response.transforms).toEqual([]),
    },
    ...(
      [
        ['an unknown compression', { headers: { ...html, 'content-encoding': 'x' } }, 'unreadable'],
        ['an unknown encoding', { headers: { 'content-type': 'text/html; charset=utf-16' } }, 'unreadable'],
        ['a part of a file', { status: 206, headers: html }, 'partial'],
        ['what says that it is long', { headers: { ...html, 'content-length': '1048577' } }, 'too-long'],
        ['a stream of events', { headers: { 'content-type': 'text/event-stream' } }, 'events'],
      ] as const
    ).map(([what, response, expected]) => ({ title: `does not send ${what}`, config, response, expected })),
  ],
  refusals: [
    { title: 'refuses a pattern that is none', config: { replacements: [{ from: '[' }] }, code: 2200, names: '"["' },
  ],
});

test.each([
  ['is longer than it said', html, [Buffer.alloc(600, 'x'), Buffer.alloc(600, 'x')]],
  ['becomes very much', { ...html, 'content-encoding': 'gzip' }, [gzipSync('x'.repeat(10_000_000))]],
  ['is no UTF-8', html, [Buffer.from([0xff])]],
])('response-body-find-replace sends nothing of what %s', async (_, headers, pieces) => {
  await expect(answered(headers, pieces)).rejects.toMatchObject({ code: 9613 });
});

test('response-body-find-replace breaks off what is compressed and cut', async () => {
  await expect(
    answered({ ...html, 'content-encoding': 'gzip' }, [gzipSync('secret').subarray(0, -4)]),
  ).rejects.toThrow();
});

test('response-body-find-replace finds what is cut anywhere', async () => {
  const text = Buffer.from('é secret 😀 secret');
  const cuts = fc.array(fc.nat(text.length), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(cuts, async (unsorted) => {
      const edges = [0, ...unsorted.toSorted((a, b) => a - b), text.length];
      const pieces = edges.slice(1).map((end, i) => text.subarray(edges[i], end));
      expect((await answered(html, pieces)).toString()).toBe('é *** 😀 ***');
    }),
  );
});
