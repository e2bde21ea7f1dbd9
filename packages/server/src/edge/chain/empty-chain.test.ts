import { proceed } from '@adit/policy-kit';
import { sampleConnectFacts, sampleRequestFacts } from '@adit/policy-kit/testkit';
import { expect, test } from 'vitest';
import { emptyChain } from './empty-chain.ts';

test('the empty chain lets everything through without making anything', () => {
  expect(emptyChain.isEmpty).toBe(true);
  expect(emptyChain.connect(sampleConnectFacts())).toBe(proceed);
  expect(emptyChain.request(sampleRequestFacts())).toBe(proceed);
  expect(emptyChain.recheck(sampleConnectFacts())).toBe(proceed);
});
