import { proceed } from '@adit/policy-kit';
import { SampleContext, sampleEndpoint } from '@adit/policy-kit/testkit';
import { expect, test } from 'vitest';
import { emptyChain } from './empty-chain.ts';

test('emptyChain lets everything through with the shared answer', () => {
  const { connection, request, response } = new SampleContext();
  const visit = emptyChain.visit(connection, sampleEndpoint);
  const asked = visit.request(request);
  expect(emptyChain.isEmpty).toBe(true);
  expect(visit.connect()).toBe(proceed);
  expect(asked.decide()).toBe(proceed);
  expect(asked.answer(response)).toBe(proceed);
  expect(emptyChain.recheck({ connection, endpoint: sampleEndpoint, request })).toBe(proceed);
});
