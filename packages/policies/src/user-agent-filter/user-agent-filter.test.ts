import { testPolicy } from '@adit/policy-kit/testkit';
import { userAgentFilter } from './user-agent-filter.ts';

const agent = (text: string) => ({ headers: { 'user-agent': text } });

testPolicy(userAgentFilter, {
  decisions: [
    { title: 'lets in an allowed one', config: { allow: ['^curl/'] }, request: agent('curl/8'), expected: 'continue' },
    {
      title: 'refuses others beside an allow list',
      config: { allow: ['^curl/'] },
      request: agent('x'),
      expected: 'not-allowed',
    },
    { title: 'refuses a denied one', config: { deny: ['[Bb]ot'] }, request: agent('SomeBot'), expected: 'not-allowed' },
    {
      title: 'lets in others beside a deny list',
      config: { deny: ['[Bb]ot'] },
      request: agent('x'),
      expected: 'continue',
    },
    {
      title: 'lets allow win',
      config: { allow: ['^Good'], deny: ['[Bb]ot'] },
      request: agent('GoodBot'),
      expected: 'continue',
    },
    { title: 'refuses who says nothing', config: { deny: ['[Bb]ot'] }, request: {}, expected: 'not-allowed' },
    {
      title: 'lets in who says nothing where that is allowed',
      config: { allow: ['^$'] },
      request: {},
      expected: 'continue',
    },
    {
      title: 'reads the first line only',
      config: { allow: ['^curl/'] },
      request: { headers: { 'user-agent': ['x', 'curl/8'] } },
      expected: 'not-allowed',
    },
  ],
  refusals: [
    { title: 'refuses to have no pattern', config: {}, code: 9600, names: 'at least one' },
    { title: 'refuses a pattern that is none', config: { allow: ['('] }, code: 2200, names: '"("' },
  ],
});
