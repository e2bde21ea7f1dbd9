import { testPolicy } from '@adit/policy-kit/testkit';
import { expect } from 'vitest';
import { removeHeaders } from './remove-headers.ts';

testPolicy(removeHeaders, {
  decisions: [
    {
      title: 'removes every line of a name from requests',
      config: { headers: ['X-A', 'x-c'] },
      request: { headers: { 'x-a': ['1', '2'], 'x-b': '3' } },
      expected: 'continue',
      check: ({ request, result }) => {
        expect(request.headers.lines).toEqual(['host', 'app.example.com', 'x-b', '3']);
        expect(result).toEqual({ headers_removed: ['x-a'] });
      },
    },
    {
      title: 'removes lines from answers',
      config: { headers: ['server'] },
      response: { headers: { Server: 'x', date: 'y' } },
      expected: 'continue',
      check: ({ response }) => expect(response.headers.lines).toEqual(['date', 'y']),
    },
  ],
  refusals: ['Host', 'User-Agent', 'x_forwarded_for', 'Transfer-Encoding', ' '].map((name) => ({
    title: `refuses the name ${JSON.stringify(name)}`,
    config: { headers: [name] },
    code: 9600 as const,
    names: `"${name}"`,
  })),
});
