import { once } from 'node:events';
import http from 'node:http';
import { PassThrough } from 'node:stream';
import { contentDecoders, type Decision, type PolicyResponse, proceed } from '@adit/policy-kit';
import { expect, test } from 'vitest';
import { type FakeAnswers, FakeChain } from '../../domain/fake-chain.testkit.ts';
import { fakeLink, fakeRoute, request, startFront } from './http-front.testkit.ts';

const host = 'app.example.test';

/** As a policy answers in whose header line an expression put what a visitor wrote. */
const split: Decision = {
  ...{ outcome: 'respond', reason: 'custom-response/answered', status: 200, isRefusal: false },
  ...{ headers: ['x-name', 'a\r\nset-cookie: b=c'], body: Buffer.from('x') },
};

test.each<[string, FakeAnswers]>([
  ['in place of the service', { request: () => split }],
  ['in place of the service, and rules for answers see it', { request: () => split, answer: () => proceed }],
  ['in place of what the service said', { answer: () => split }],
  ['in place of what the service said, later', { answer: async () => split }],
])('a line break in a header of what a policy answers %s is an error', async (_, parts) => {
  const front = await startFront();
  const link = fakeLink((__, answer) => answer.end('service'));
  front.publish(fakeRoute(host, { link, chain: new FakeChain(parts) }));
  const answer = await request(front.port);
  expect(answer).toMatchObject({ status: 500, headers: { 'adit-error-code': 'ERR_ADIT_9000' } });
  expect(answer.headers['set-cookie']).toBeUndefined();
  expect(front.counted.active).toBe(0);
});

test('trailers say nothing of the bytes before a policy changed them', async () => {
  const front = await startFront();
  const link = fakeLink((_, answer) => {
    answer.writeHead(200, { trailer: 'content-digest, x-a' });
    answer.write('abc');
    answer.addTrailers({ 'content-digest': 'sha-256=:x:', 'x-a': '1' });
    answer.end();
  });
  const chain = new FakeChain({ answer: (response) => (response.addTransform(new PassThrough()), proceed) });
  front.publish(fakeRoute(host, { link, chain }));
  const answer = await request(front.port, { headers: { te: 'trailers' } });
  expect([answer.body, answer.trailers]).toEqual(['abc', { 'x-a': '1' }]);
});

test('what is compressed and has a length of 0 has no content to decompress', async () => {
  const front = await startFront();
  const link = fakeLink((_, answer) =>
    answer.writeHead(200, { 'content-encoding': 'gzip', 'content-length': 0 }).end(),
  );
  const seen: boolean[] = [];
  const chain = new FakeChain({
    answer(response) {
      seen.push(response.hasBody);
      for (const decoder of contentDecoders(response.headers) ?? []) response.addTransform(decoder);
      return proceed;
    },
  });
  front.publish(fakeRoute(host, { link, chain }));
  const answer = await request(front.port);
  expect([seen, answer.body, answer.headers['content-length']]).toEqual([[false], '', '0']);
});

/** The visitor leaves in the middle of the answer. */
async function leave(port: number): Promise<void> {
  const sent = http.get({ host: '127.0.0.1', port, headers: { host }, agent: false }).on('error', () => {});
  const [answer] = (await once(sent, 'response')) as [http.IncomingMessage];
  answer.on('error', () => {});
  await once(answer, 'data');
  // Else he would be one who has nothing more to say.
  sent.socket?.resetAndDestroy();
}

const refused: Decision = { outcome: 'deny', reason: 'deny/denied', code: 9002 };
const replaced: Decision = { ...split, headers: [] };

/** How an answer ends whose content a policy has a transform for. */
test.each<[string, { decide?: () => Decision; isCut?: boolean; visit?: (port: number) => Promise<unknown> }]>([
  ['is sent', {}],
  ['is for HEAD', { visit: (port) => request(port, { method: 'HEAD' }) }],
  ['is refused', { decide: () => refused }],
  ['is replaced', { decide: () => replaced }],
  [
    'cannot be decided about',
    {
      decide: () => {
        throw new Error('test');
      },
    },
  ],
  ['is cut by the service', { isCut: true, visit: (port) => request(port).catch(() => {}) }],
  ['is left by its visitor', { visit: leave }],
])(
  'no transform is left open when an answer %s',
  async (_, { decide = () => proceed, isCut = false, visit = request }) => {
    const front = await startFront();
    const link = fakeLink((__, answer) => {
      answer.write('a part');
      if (isCut) setImmediate(() => answer.destroy());
      else if (visit !== leave) answer.end();
    });
    const closed = Promise.withResolvers<void>();
    const add = (response: PolicyResponse) => response.addTransform(new PassThrough().once('close', closed.resolve));
    front.publish(fakeRoute(host, { link, chain: new FakeChain({ answer: (response) => (add(response), decide()) }) }));
    await visit(front.port);
    await closed.promise;
  },
);
