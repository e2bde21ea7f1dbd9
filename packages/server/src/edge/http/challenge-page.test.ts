import { expect, test } from 'vitest';
import { fakeLink, fakeRoute, request, startFront } from './http-front.testkit.ts';
import type { Visitor } from './visitor-connection.ts';

const host = 'app.example.test';
const path = '/.well-known/acme-challenge/abc';

/** A front with an endpoint under the name for both schemes, before which authorities are answered what the test says. */
async function start(
  page: (host: string, token: string) => Promise<string | undefined>,
  scheme: Visitor['scheme'] = 'http',
) {
  const asked: string[] = [];
  const challengePage = (name: string, token: string) => {
    asked.push(`${name} ${token}`);
    return page(name, token);
  };
  const front = await startFront({ visitor: { scheme }, deps: { challengePage } });
  const link = fakeLink((incoming, answer) => answer.end(`theirs ${incoming.url}`));
  front.publish(fakeRoute(host, { link, scheme }));
  return { front, link, asked };
}

test('an authority that asks on plain HTTP finds our answer, whoever has the name', async () => {
  const { front, link, asked } = await start(async () => 'abc.key');
  const { status, body, headers } = await request(front.port, { path });
  expect([status, body, headers['content-type']]).toEqual([200, 'abc.key', 'application/octet-stream']);
  expect([asked, link.opened]).toEqual([[`${host} abc`], []]);
  expect(front.counted.statuses).toEqual([200]);
});

test('a question that is not ours goes its ordinary way', async () => {
  const { front } = await start(async () => undefined);
  expect((await request(front.port, { path })).body).toBe(`theirs ${path}`);
  expect((await request(front.port, { path, host: 'nobody.example.test' })).status).not.toBe(200);
});

test('a look-up that fails is an error of ours, and no answer of anybody', async () => {
  const { front, link } = await start(() => Promise.reject(new Error('broken')));
  expect((await request(front.port, { path })).status).toBe(500);
  expect(link.opened).toEqual([]);
});

test.each<[string, object, Visitor['scheme']]>([
  ['by HTTPS', {}, 'https'],
  ['to post something', { method: 'POST' }, 'http'],
  ['for another path', { path: '/.well-known/acme' }, 'http'],
])('who comes %s is a visitor, and nothing is looked up', async (_, options, scheme) => {
  const { front, asked } = await start(async () => 'abc.key', scheme);
  expect((await request(front.port, { path, ...options })).body).toMatch(/^theirs/);
  expect(asked).toEqual([]);
});
