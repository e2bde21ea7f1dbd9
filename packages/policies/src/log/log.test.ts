import { testPolicy } from '@adit/policy-kit/testkit';
import { expect } from 'vitest';
import { log } from './log.ts';

testPolicy(log, {
  decisions: [
    {
      title: 'notes texts with their expressions filled',
      config: { metadata: { team: 'a', who: '${conn.client_ip}' } },
      values: { 'conn.client_ip': '203.0.113.7' },
      request: {},
      expected: 'continue',
      check: ({ logged, result }) => {
        expect(logged).toEqual([{ team: 'a', who: '203.0.113.7' }]);
        expect(result).toEqual({ metadata: { team: 'a', who: '203.0.113.7' } });
      },
    },
  ],
  refusals: [{ title: 'refuses to note nothing', config: { metadata: {} }, code: 9600, names: 'at least one' }],
});
