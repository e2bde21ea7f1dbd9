import { testPolicy } from '@adit/policy-kit/testkit';
import { expect } from 'vitest';
import { redirect } from './redirect.ts';

const moved = { from: '/old/([^?]*)', to: '/new/$1' };

testPolicy(redirect, {
  decisions: [
    {
      title: 'replaces what matches in the whole address',
      config: { ...moved, status_code: 301, headers: { 'cache-control': 'no-store' } },
      request: { target: '/old/a?b=c' },
      expected: 'redirected',
      check: (context, decision) => {
        const location = 'https://app.example.com/new/a?b=c';
        expect(decision).toMatchObject({ status: 301, headers: ['location', location, 'cache-control', 'no-store'] });
        expect(context.result).toEqual({ url: location, matches: ['/old/a'] });
      },
    },
    {
      title: 'sends what is for the whole server to no host with a star',
      config: { from: '^http:', to: 'https:' },
      request: { method: 'OPTIONS', target: '*', scheme: 'http' },
      expected: 'redirected',
      check: (_, decision) => expect(decision).toMatchObject({ headers: ['location', 'https://app.example.com'] }),
    },
    {
      title: 'lets no path become a host',
      config: { from: '^https://[^/]+(.*)/$', to: '$1' },
      request: { target: '//evil.test/' },
      expected: 'redirected',
      check: (_, decision) => expect(decision).toMatchObject({ headers: ['location', '/evil.test'] }),
    },
    {
      title: 'sends to a host without a scheme that the rule names',
      config: { to: '//b.test/' },
      request: {},
      expected: 'redirected',
      check: (_, decision) => expect(decision).toMatchObject({ headers: ['location', '//b.test/'] }),
    },
    { title: 'lets pass what does not match', config: moved, request: { target: '/a' }, expected: 'continue' },
    {
      title: 'lets pass an address that would stay as it is',
      config: { from: '^https://', to: 'https://' },
      request: {},
      expected: 'continue',
    },
    {
      title: 'sends everybody to one address without a pattern',
      config: { to: 'https://example.com/${req.host}' },
      values: { 'req.host': 'app.example.com' },
      request: {},
      expected: 'redirected',
      check: (_, decision) =>
        expect(decision).toMatchObject({ status: 302, headers: ['location', 'https://example.com/app.example.com'] }),
    },
    {
      title: 'takes a pattern from an expression',
      config: { from: '^${vars.start}', to: 'https://b.test' },
      values: { 'vars.start': 'https://app[.]example[.]com' },
      request: { target: '/x' },
      expected: 'redirected',
      check: (_, decision) => expect(decision).toMatchObject({ headers: ['location', 'https://b.test/x'] }),
    },
  ],
  refusals: [
    { title: 'refuses a pattern that is none', config: { ...moved, from: '(' }, code: 2200, names: '"("' },
    {
      title: 'refuses a status of something else',
      config: { ...moved, status_code: 304 },
      code: 9600,
      names: 'status',
    },
    { title: 'refuses a header of ours', config: { ...moved, headers: { 'adit-x': '' } }, code: 9600, names: 'adit-x' },
  ],
});
