import { testPolicy } from '@adit/policy-kit/testkit';
import { expect } from 'vitest';
import { headerAuth } from './header-auth.ts';

const config = { header: 'X-Key', secrets: ['one', 'two'] };
const bearer = { prefix: 'Bearer ', secrets: ['${s}'] };

testPolicy(headerAuth, {
  decisions: [
    {
      title: 'lets in who shows a secret, and keeps it from the service',
      config,
      request: { headers: { 'x-key': 'two', 'x-b': '1' } },
      expected: 'continue',
      check: ({ request, result }) => {
        expect(request.headers.lines).toEqual(['host', 'app.example.com', 'x-b', '1']);
        expect(result).toEqual({ authorized: true });
      },
    },
    {
      title: 'leaves the header where the service wants it',
      config: { ...config, strip: false },
      request: { headers: { 'x-key': 'one' } },
      expected: 'continue',
      check: ({ request }) => expect(request.headers.first('x-key')).toBe('one'),
    },
    { title: 'refuses who shows nothing', config, request: {}, expected: 'missing' },
    { title: 'refuses who shows two', config, request: { headers: { 'x-key': ['one', 'one'] } }, expected: 'missing' },
    { title: 'refuses another', config, request: { headers: { 'x-key': 'three' } }, expected: 'wrong' },
    { title: 'refuses the empty text', config, request: { headers: { 'x-key': '' } }, expected: 'wrong' },
    {
      title: 'wants the prefix',
      config: bearer,
      values: { s: 'k' },
      request: { headers: { authorization: 'k' } },
      expected: 'wrong',
    },
    {
      title: 'takes secret and prefix',
      config: bearer,
      values: { s: 'k' },
      request: { headers: { authorization: 'Bearer k' } },
      expected: 'continue',
    },
    {
      title: 'lets nobody in by a secret that is empty',
      config: bearer,
      values: { s: '' },
      request: { headers: { authorization: 'Bearer ' } },
      expected: 'wrong',
    },
    {
      title: 'only says so when it is not enforced',
      config: { ...config, enforce: false },
      request: {},
      expected: 'continue',
    },
  ],
  refusals: [
    { title: 'refuses a header of ours', config: { ...config, header: 'adit-x' }, code: 9600, names: 'adit-x' },
    { title: 'refuses to have no secret', config: { header: 'x' }, code: 9600, names: 'secrets' },
  ],
});
