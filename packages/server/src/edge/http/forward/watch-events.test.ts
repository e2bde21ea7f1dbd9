import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { proceed } from '@adit/policy-kit';
import { SampleContext } from '@adit/policy-kit/testkit';
import { expect, test } from 'vitest';
import { FakeChain } from '../../../domain/fake-chain.testkit.ts';
import { AnswerView } from './answer-view.ts';
import { PolicyPassage } from './policy-passage.ts';

const { connection, request } = new SampleContext({ request: {} });

function viewOf(headers: string[], content: string | null = null, status = 200): AnswerView {
  const head = { status, reason: null, headers, hasBody: true, mayHaveTrailers: false, isLast: false };
  return new AnswerView(head, content === null ? null : Buffer.from(content));
}

async function passageThrough(isEvil = false): Promise<PolicyPassage> {
  const chain = new FakeChain({
    event: (event) => {
      event.data = event.data?.replace('secret', '***');
      return isEvil ? { outcome: 'deny', reason: 'a/b', code: 9007 } : proceed;
    },
  });
  const passage = new PolicyPassage('GET', { maxEventChars: 1_000 });
  await passage.enter(chain.visit(connection).request(request));
  return passage;
}

test.each([
  ['text/event-stream', 1],
  ['Text/Event-Stream ; charset=utf-8', 1],
  ['text/event-streams', 0],
  ['text/html', 0],
])('an answer of type %s has %i transforms of events', async (type, count) => {
  const view = viewOf(['content-type', type]);
  expect(await (await passageThrough()).shape(view)).toBe(null);
  expect(view.transforms).toHaveLength(count);
});

test('a stream of events that is compressed is decompressed', async () => {
  const view = viewOf(['content-type', 'text/event-stream', 'content-encoding', 'gzip']);
  expect(await (await passageThrough()).shape(view)).toBe(null);
  expect(view.headers.has('content-encoding')).toBe(false);
  const events = view.transforms.reduce((from, to) => from.pipe(to));
  view.transforms[0]?.end(gzipSync('data: a secret\n\n'));
  expect(String(await once(events, 'data'))).toBe('data: a ***\n\n');
});

test.each([
  ['that cannot be read', viewOf(['content-type', 'text/event-stream', 'content-encoding', 'compress'])],
  // What begins in the middle of a message is another one.
  ['of which only a part comes', viewOf(['content-type', 'text/event-stream'], null, 206)],
])('a stream of events %s is refused [invariant: fail-closed]', async (_, view) => {
  expect(await (await passageThrough()).shape(view)).toMatchObject({ reason: 'chain/unreadable-events', code: 9613 });
});

test('of a stream of events nothing is said that was true of other bytes', async () => {
  const lines = ['etag', '"a"', 'content-digest', 'sha-256=:x:', 'accept-ranges', 'bytes'];
  const view = viewOf(['content-type', 'text/event-stream', ...lines]);
  expect(await (await passageThrough()).shape(view)).toBe(null);
  expect(view.headers.lines).toEqual(['content-type', 'text/event-stream', 'etag', 'W/"a"']);
});

test('the content of a policy’s own answer passes at once, with its new length', async () => {
  const view = viewOf(['content-type', 'text/event-stream', 'content-length', '16'], 'data: a secret\n\n');
  expect(await (await passageThrough()).shape(view)).toBe(null);
  expect([view.content?.toString(), view.headers.first('content-length')]).toEqual(['data: a ***\n\n', '13']);
  expect(
    await (await passageThrough(true)).shape(viewOf(['content-type', 'text/event-stream'], 'data: a\n\n')),
  ).toMatchObject({
    reason: 'a/b',
  });
});
