import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { captureOf } from '../capture/capture.testkit.ts';
import { defaultInspectorLimits } from '../inspector-limits.ts';
import { showCapture } from '../show/shown-capture.ts';
import { harOf } from './har.ts';

// The format's own description, HAR 1.2 §4: what must be there, and of which type.
const nameValue = z.strictObject({ name: z.string(), value: z.string(), comment: z.string().optional() });
const httpVersion = z.string();
const size = z.int().min(-1);
const timing = z.number().min(-1);
const requestSchema = z.strictObject({
  ...{ method: z.string(), url: z.url(), httpVersion, cookies: z.array(nameValue), headers: z.array(nameValue) },
  ...{ queryString: z.array(nameValue), headersSize: size, bodySize: size },
  postData: z
    .strictObject({
      ...{ mimeType: z.string(), params: z.array(z.unknown()), text: z.string(), comment: z.string().optional() },
    })
    .optional(),
});
const responseSchema = z.strictObject({
  ...{ status: z.int(), statusText: z.string(), httpVersion, cookies: z.array(nameValue), headers: z.array(nameValue) },
  content: z.strictObject({
    ...{ size: z.int(), mimeType: z.string(), text: z.string().optional() },
    ...{ encoding: z.string().optional(), comment: z.string().optional() },
  }),
  ...{ redirectURL: z.string(), headersSize: size, bodySize: size },
});
const harSchema = z.strictObject({
  log: z.strictObject({
    version: z.literal('1.2'),
    creator: z.strictObject({ name: z.string(), version: z.string() }),
    entries: z.array(
      z.strictObject({
        ...{ startedDateTime: z.iso.datetime(), time: z.number().min(0), request: requestSchema },
        ...{ response: responseSchema, cache: z.strictObject({}), comment: z.string().optional() },
        timings: z.strictObject({
          ...{ blocked: timing, dns: timing, connect: timing, ssl: timing },
          ...{ send: z.number().min(0), wait: z.number().min(0), receive: z.number().min(0) },
        }),
      }),
    ),
  }),
});

const options = { agentVersion: '1.2.3', limits: defaultInspectorLimits, baseUrl: () => 'https://app.example.com' };

async function entryOf(request: string | Buffer, answer: string | Buffer, isRevealed = false) {
  const har = harSchema.parse(await harOf([showCapture(captureOf(request, answer), isRevealed)], options));
  const [entry] = har.log.entries;
  if (!entry) throw new Error('There is no entry');
  const { send, wait, receive } = entry.timings;
  expect(entry.time).toBe(send + wait + receive);
  return entry;
}

it('is a HAR 1.2 of what was sent and answered, the content decoded', async () => {
  const content = gzipSync('{"a":1}');
  const head = `HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nLocation: /new\r\n`;
  const entry = await entryOf(
    'POST /a?x=1%202&y HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello',
    Buffer.concat([Buffer.from(`${head}Content-Length: ${content.length}\r\n\r\n`), content]),
  );
  expect(entry.request).toMatchObject({
    ...{ method: 'POST', url: 'https://app.example.com/a?x=1%202&y', httpVersion: 'HTTP/1.1', bodySize: 5 },
    queryString: [
      { name: 'x', value: '1 2' },
      { name: 'y', value: '' },
    ],
    postData: { mimeType: 'text/plain', text: 'hello' },
  });
  expect(entry.response).toMatchObject({
    ...{ status: 201, statusText: 'Created', redirectURL: '/new', bodySize: content.length },
    content: { size: 7, mimeType: 'application/json', text: '{"a":1}' },
  });
});

it('has no secret unless it is asked to', async () => {
  const request =
    'GET /a?token=s3cret HTTP/1.1\r\nHost: a\r\nCookie: id=s3cret\r\nAuthorization: Bearer s3cret\r\n\r\n';
  const answer = 'HTTP/1.1 204 No Content\r\nSet-Cookie: id=s3cret; Path=/\r\n\r\n';
  expect(JSON.stringify(await entryOf(request, answer))).not.toContain('s3cret');
  const { request: revealed, response } = await entryOf(request, answer, true);
  expect(revealed.cookies).toEqual([{ name: 'id', value: 's3cret' }]);
  expect(response.cookies).toEqual([{ name: 'id', value: 's3cret' }]);
});

it('has binary content as Base64, and says where there is no answer', async () => {
  const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n\xff\0';
  expect((await entryOf(post, '')).request.postData).toMatchObject({ text: '/wA=', comment: 'base64' });
  const cut = await entryOf(post, '');
  expect(cut).toMatchObject({ comment: 'the connection ended', response: { status: 0, bodySize: -1 } });
  const answered = await entryOf(
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\xff\0',
  );
  expect(answered.response.content).toMatchObject({ text: '/wA=', encoding: 'base64' });
});
