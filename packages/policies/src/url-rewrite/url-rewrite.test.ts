import { testPolicy } from '@adit/policy-kit/testkit';
import { expect } from 'vitest';
import { urlRewrite } from './url-rewrite.ts';

const versioned = { from: '/v1/([^?]*)', to: '/api/$1' };

testPolicy(urlRewrite, {
  decisions: [
    {
      title: 'changes path and query',
      config: versioned,
      request: { target: '/v1/a?b=c' },
      expected: 'continue',
      check: ({ request, result }) => {
        expect(request.target).toBe('/api/a?b=c');
        expect(result).toEqual({ url: 'https://app.example.com/api/a?b=c', matches: ['/v1/a'] });
      },
    },
    {
      title: 'leaves what does not match',
      config: versioned,
      request: { target: '/a//b/../%2e' },
      expected: 'continue',
      check: ({ request }) => expect(request.target).toBe('/a//b/../%2e'),
    },
    {
      title: 'changes the host line, and a bare host gets the root path',
      config: { from: '^https://[^/]+/.*', to: 'https://${vars.inner}' },
      values: { 'vars.inner': 'inner.test:8080' },
      request: { target: '/x' },
      expected: 'continue',
      check: ({ request }) => {
        expect(request.target).toBe('/');
        expect(request.headers.values('host')).toEqual(['inner.test:8080']);
      },
    },
    {
      title: 'changes the host of a request that is for the whole server, and no more',
      config: { from: 'example', to: 'sample' },
      request: { method: 'OPTIONS', target: '*' },
      expected: 'continue',
      check: ({ request, result }) => {
        expect([request.target, request.headers.first('host')]).toEqual(['*', 'app.sample.com']);
        expect(result).toEqual({ url: 'https://app.sample.com', matches: ['example'] });
      },
    },
  ],
  refusals: [{ title: 'refuses a pattern that is none', config: { from: '[', to: '' }, code: 2200, names: '"["' }],
});
