import { testPolicy } from '@adit/policy-kit/testkit';
import { expect } from 'vitest';
import { forwardInternal } from './forward-internal.ts';

const target = { url: 'https://a.internal' };
const host = { findInternal: (url: string) => (url === target.url ? target : undefined) };

testPolicy(forwardInternal, {
  decisions: [
    {
      title: 'sends requests on',
      config: { url: 'https://${x}.internal' },
      values: { x: 'a' },
      host,
      request: {},
      expected: 'forwarded',
      check: (_, decision) => expect(decision).toMatchObject({ outcome: 'reroute', target }),
    },
    { title: 'sends connections on', config: { url: target.url }, host, expected: 'forwarded' },
    { title: 'refuses where nobody is', config: { url: 'https://b.internal' }, host, request: {}, expected: 'offline' },
    {
      title: 'goes on where nobody is, if that is wanted',
      config: { url: 'https://b.internal', on_error: 'continue' },
      host,
      request: {},
      expected: 'continue',
      check: ({ result }) =>
        expect(result).toMatchObject({ url: 'https://b.internal', error: { code: 'ERR_ADIT_3200' } }),
    },
    {
      title: 'waits for whoever is on the way',
      config: { url: 'https://b.internal' },
      host: { ...host, awaitInternal: async () => target },
      request: {},
      expected: 'forwarded',
      check: (_, decision) => expect(decision).toMatchObject({ outcome: 'reroute', target }),
    },
    {
      title: 'refuses when nobody came',
      config: { url: 'https://b.internal' },
      host: { ...host, awaitInternal: async () => undefined },
      expected: 'offline',
    },
    {
      title: 'does not wait where another action is next',
      config: { url: 'https://b.internal', on_error: 'continue' },
      host: { ...host, awaitInternal: () => expect.unreachable() },
      request: {},
      expected: 'continue',
    },
  ],
  refusals: [{ title: 'refuses to forward nowhere', config: { url: '' }, code: 9600, names: 'url' }],
});
