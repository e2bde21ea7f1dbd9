import { type Decision, type PolicyEvent, proceed } from '@adit/policy-kit';
import { expect, test } from 'vitest';
import type { Answered } from '../../../domain/chain.ts';
import { EventTransform } from './event-transform.ts';

function open(ask: (event: PolicyEvent) => Answered, maxChars = 1_000) {
  const transform = new EventTransform(ask, maxChars);
  let text = '';
  transform.on('data', (piece: Buffer) => {
    text += piece.toString();
  });
  // Nothing, if it ends in good order.
  const failed = new Promise<unknown>((resolve) => transform.on('error', resolve).on('end', resolve));
  return { transform, failed, text: () => text };
}

const turn = () => new Promise(setImmediate);

test('EventTransform sends each message as soon as it is whole, as policies left it', async () => {
  const { transform, text } = open((event) => {
    event.data = event.data?.toUpperCase();
    return proceed;
  });
  transform.write('data: a\n\ndata: b');
  await turn();
  expect(text()).toBe('data: A\n\n');
  transform.write('\n\n');
  await turn();
  expect(text()).toBe('data: A\n\ndata: B\n\n');
});

test('EventTransform keeps the order behind a message that takes time, and asks for none meanwhile', async () => {
  const asked: unknown[] = [];
  const slow = Promise.withResolvers<Decision>();
  const { transform, text } = open(({ data }) => {
    asked.push(data);
    return data === 'a' ? slow.promise : proceed;
  });
  transform.write('data: a\n\n: c\ndata: b\n\n');
  transform.write('data: d\n\n');
  await turn();
  expect([text(), asked]).toEqual(['', ['a']]);
  slow.resolve(proceed);
  await turn();
  expect(text()).toBe('data: a\n\n: c\n\ndata: b\n\ndata: d\n\n');
});

const deny: Decision = { outcome: 'deny', reason: 'a/b', code: 9007 };
const respond: Decision = {
  outcome: 'respond',
  reason: 'a/b',
  status: 200,
  headers: [],
  body: new Uint8Array(),
  isRefusal: false,
};

test.each<[what: string, ask: () => Answered, expected: object]>([
  ['a denial', () => deny, { refusal: deny }],
  ['a denial that took time', async () => deny, { refusal: deny }],
  [
    'an answer, which a message cannot have',
    () => respond,
    { refusal: { outcome: 'deny', reason: 'a/b', code: 9004 } },
  ],
  ['a failure', () => Promise.reject(new Error('boom')), { message: 'boom' }],
])('EventTransform sends nothing more after %s [invariant: fail-closed]', async (_, ask, expected) => {
  const { transform, failed, text } = open(({ data }) => (data === 'bad' ? ask() : proceed));
  transform.end('data: good\n\ndata: bad\n\ndata: late\n\n');
  expect(await failed).toMatchObject(expected);
  expect(text()).toBe('data: good\n\n');
});

test('EventTransform ends a stream whose message is too long', async () => {
  const { transform, failed } = open(() => proceed, 10);
  transform.write('data: 12345');
  expect(await failed).toMatchObject({ refusal: { reason: 'chain/event-too-long', code: 9613 } });
});

test('EventTransform takes no more than it can pass on', async () => {
  const transform = new EventTransform(() => proceed, 100_000);
  let isTaken = true;
  let written = 0;
  for (; isTaken && written < 1_000; written++) {
    isTaken = transform.write(`data: ${'x'.repeat(1_000)}\n\n`);
    await turn();
  }
  // Nobody reads: what both sides may hold, and no more.
  expect(written).toBeLessThan(200);
});
