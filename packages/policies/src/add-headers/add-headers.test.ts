import { testPolicy } from '@adit/policy-kit/testkit';
import { expect } from 'vitest';
import { addHeaders } from './add-headers.ts';

testPolicy(addHeaders, {
  decisions: [
    {
      title: 'adds lines to requests, beside those that are there',
      config: { headers: { 'X-A': '${conn.client_ip}', 'x-b': '2' } },
      values: { 'conn.client_ip': '203.0.113.7' },
      request: { headers: { 'x-b': '1' } },
      expected: 'continue',
      check: ({ request, result }) => {
        expect(request.headers.lines).toEqual([
          'host',
          'app.example.com',
          'x-b',
          '1',
          'x-a',
          '203.0.113.7',
          'x-b',
          '2',
        ]);
        expect(result).toEqual({ headers_added: { 'x-a': '203.0.113.7', 'x-b': '2' } });
      },
    },
    {
      title: 'replaces host',
      config: { headers: { Host: 'inner.test' } },
      request: {},
      expected: 'continue',
      check: ({ request }) => expect(request.headers.values('host')).toEqual(['inner.test']),
    },
    {
      title: 'adds lines to answers, and not to the request',
      config: { headers: { 'x-a': '1' } },
      response: {},
      expected: 'continue',
      check: ({ request, response }) => {
        expect(response.headers.first('x-a')).toBe('1');
        expect(request.headers.has('x-a')).toBe(false);
      },
    },
  ],
  refusals: ['X-Forwarded-For', 'content-length', 'Adit_Request_Id', 'user-agent', 'a b', ''].map((name) => ({
    title: `refuses the name ${JSON.stringify(name)}`,
    config: { headers: { [name]: '1' } },
    code: 9600 as const,
    names: `"${name}"`,
  })),
});
