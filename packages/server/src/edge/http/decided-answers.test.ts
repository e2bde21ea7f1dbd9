import { type Decision, proceed } from '@adit/policy-kit';
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
