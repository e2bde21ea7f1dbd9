import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { connectFacts } from './connect-facts.ts';

test('connectFacts() knows nobody when the client is gone', () => {
  expect(connectFacts(new Socket(), 0)).toBeUndefined();
});
