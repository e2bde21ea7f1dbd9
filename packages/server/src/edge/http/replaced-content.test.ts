import type http from 'node:http';
import { text } from 'node:stream/consumers';
import { proceed } from '@adit/policy-kit';
import { expect, test } from 'vitest';
import { type FakeAnswers, FakeChain } from '../../domain/fake-chain.testkit.ts';
import { fakeLink, fakeRoute, request, startFront } from './http-front.testkit.ts';

const host = 'app.example.test';

const replacing: FakeAnswers['request'] = async (asked) => {
  const before = Buffer.from(await asked.readBody(100)).toString();
  asked.replaceBody(Buffer.from(before.replace('name', 'a much longer name')));
  return proceed;
};

const reading: FakeAnswers['request'] = async (asked) => {
  await asked.readBody(100);
  return proceed;
};

async function startWith(first: FakeAnswers, second: FakeAnswers) {
  const front = await startFront();
  const seen: string[] = [];
  const serve: http.RequestListener = (incoming, answer) =>
    void text(incoming).then((body) => {
      seen.push(`${incoming.url} ${incoming.headers['content-length']} ${body}`);
      answer.end();
    });
  const link = fakeLink(serve);
  const next = fakeRoute(host, { link, chain: new FakeChain(second) });
  const chain = new FakeChain({
    request: async (asked) => {
      const decision = await first.request?.(asked);
      front.publish(next);
      return decision ?? proceed;
    },
  });
  front.publish(fakeRoute(host, { link, chain }));
  return { front, seen };
}

const post = { method: 'POST', body: 'name', path: '/' };

test.each<[string, FakeAnswers, string]>([
  ['has none', { isEmpty: true }, '/ 4 name'],
  ['only looks', { request: reading }, '/ 4 name'],
  ['replaces it as well', { request: replacing }, '/ 18 a much longer name'],
])(
  'content that a policy replaced is as it came for the policies of a route that took its place: which %s [invariant: decide-on-what-is-forwarded]',
  async (_, second, expected) => {
    const { front, seen } = await startWith({ request: replacing }, second);
    expect((await request(front.port, post)).status).toBe(200);
    expect(seen).toEqual([expected]);
  },
);
