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
      title: 'removes other spellings, which many services read as the name',
      config: { headers: ['x-user', 'user_agent'] },
      request: { headers: { X_User: 'root', 'x.user': 'root', 'user-agent': 'a', 'x-users': 'b' } },
      expected: 'continue',
      check: ({ request, result }) => {
        expect(request.headers.lines).toEqual(['host', 'app.example.com', 'user-agent', 'a', 'x-users', 'b']);
        expect(result).toEqual({ headers_removed: ['x-user'] });
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
