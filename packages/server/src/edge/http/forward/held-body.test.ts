import { expect, test } from 'vitest';
import { fakeExchange } from '../fake-exchange.testkit.ts';
import { HeldBody } from './held-body.ts';

const exchange = fakeExchange({ headers: [], hasBody: true, resumeBody: () => {} });

test('of a visitor who leaves in the middle of his content nothing is held', () => {
  const body = new HeldBody(exchange, false);
  void body.read(100);
  body.onBody(Buffer.from('some'));
  expect(body.content.toString()).toBe('some');
  body.giveUp();
  expect(body.content).toHaveLength(0);
});

test('content that is whole stays for the policies that are still at it', async () => {
  const body = new HeldBody(exchange, false);
  const read = body.read(100);
  body.onBody(Buffer.from('all'));
  body.onBodyEnd([]);
  body.giveUp();
  expect([String(await read), body.content.toString()]).toEqual(['all', 'all']);
});
