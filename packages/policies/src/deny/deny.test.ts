import { testPolicy } from '@adit/policy-kit/testkit';
import { expect } from 'vitest';
import { deny } from './deny.ts';

testPolicy(deny, {
  decisions: [
    { title: 'closes connections', config: {}, expected: 'refused' },
    {
      title: 'answers requests with 403 and nothing else',
      config: {},
      request: {},
      expected: 'refused',
      check: (_context, decision) =>
        expect(decision).toMatchObject({ outcome: 'respond', status: 403, isRefusal: true }),
    },
    {
      title: 'answers with another status',
      config: { status_code: 404 },
      request: {},
      expected: 'refused',
      check: (_context, decision) => expect(decision).toMatchObject({ status: 404 }),
    },
  ],
  refusals: [
    { title: 'refuses a status that refuses nobody', config: { status_code: 200 }, code: 9600, names: 'status_code' },
  ],
});
