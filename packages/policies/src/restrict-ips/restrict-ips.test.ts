import { testPolicy } from '@adit/policy-kit/testkit';
import { expect } from 'vitest';
import { restrictIps } from './restrict-ips.ts';

const office = { allow: ['203.0.113.0/24', '2001:db8:40::/44'], deny: ['203.0.113.66'] };

testPolicy(restrictIps, {
  decisions: [
    {
      title: 'lets in an address of an allowed range',
      config: office,
      connect: { clientIp: '203.0.113.7' },
      expected: 'continue',
    },
    {
      title: 'refuses an address just outside an allowed range',
      config: office,
      connect: { clientIp: '203.0.114.0' },
      expected: 'not-in-allow-list',
    },
    {
      title: 'refuses a denied address inside an allowed range',
      config: office,
      connect: { clientIp: '203.0.113.66' },
      expected: 'in-deny-list',
    },
    {
      title: 'lets deny win over the same range in allow',
      config: { allow: ['192.0.2.0/24'], deny: ['192.0.2.0/24'] },
      connect: { clientIp: '192.0.2.1' },
      expected: 'in-deny-list',
    },
    {
      title: 'lets everybody else in when there is only a deny list',
      config: { deny: ['192.0.2.0/24'] },
      connect: { clientIp: '2001:db8::1' },
      expected: 'continue',
    },
    {
      title: 'lets in an IPv6 address of an allowed range whose prefix ends inside a byte',
      config: office,
      connect: { clientIp: '2001:db8:4f:ffff::1' },
      expected: 'continue',
    },
    {
      title: 'refuses an IPv6 address just outside such a range',
      config: office,
      connect: { clientIp: '2001:db8:50::1' },
      expected: 'not-in-allow-list',
    },
    {
      title: 'takes a visitor with an IPv4-mapped address for its IPv4 address',
      config: office,
      connect: { clientIp: '::ffff:203.0.113.66' },
      expected: 'in-deny-list',
    },
    {
      title: 'takes an IPv4-mapped address in hexadecimal for its IPv4 address',
      config: office,
      connect: { clientIp: '::ffff:cb00:7142' },
      expected: 'in-deny-list',
    },
    {
      title: 'takes an IPv4-mapped range for its IPv4 range',
      config: { deny: ['::ffff:10.0.0.0/104'] },
      connect: { clientIp: '10.255.0.1' },
      expected: 'in-deny-list',
    },
    {
      title: 'takes a bare IPv4-mapped address for one IPv4 address',
      config: { allow: ['::ffff:10.0.0.1'] },
      connect: { clientIp: '10.0.0.1' },
      expected: 'continue',
    },
    {
      title: 'ignores bits beyond the prefix',
      config: { allow: ['10.1.2.3/8'] },
      connect: { clientIp: '10.255.255.255' },
      expected: 'continue',
    },
    {
      title: 'does not take ::/0 for IPv4 addresses',
      config: { allow: ['::/0'] },
      connect: { clientIp: '192.0.2.1' },
      expected: 'not-in-allow-list',
    },
    {
      title: 'does not take 0.0.0.0/0 for IPv6 addresses',
      config: { allow: ['0.0.0.0/0'] },
      connect: { clientIp: '2001:db8::1' },
      expected: 'not-in-allow-list',
    },
    {
      title: 'refuses whom no rule of a policy of addresses allows',
      config: { deny: ['192.0.2.0/24'], ip_policies: ['ipp_1'] },
      host: { ipPolicy: async () => ({ allow: ['198.51.100.0/24'], deny: [] }) },
      expected: 'not-in-allow-list',
    },
    {
      title: 'lets in whom a rule of a policy of addresses allows',
      config: { ip_policies: ['ipp_1', 'ipp_2'] },
      host: { ipPolicy: async (id) => ({ allow: id === 'ipp_1' ? ['203.0.113.0/24'] : [], deny: [] }) },
      expected: 'continue',
    },
    {
      title: 'refuses whom one of several policies of addresses denies',
      config: { allow: ['203.0.113.7'], ip_policies: ['ipp_1', 'ipp_2'] },
      host: { ipPolicy: async (id) => ({ allow: [], deny: id === 'ipp_2' ? ['203.0.113.0/24'] : [] }) },
      expected: 'in-deny-list',
    },
    {
      title: 'lets nobody in by an empty policy of addresses',
      config: { ip_policies: ['ipp_1'] },
      host: { ipPolicy: async () => ({ allow: [], deny: [] }) },
      expected: 'not-in-allow-list',
    },
    {
      title: 'only says so when it is not enforced',
      config: { ...office, enforce: false },
      connect: { clientIp: '192.0.2.1' },
      expected: 'continue',
      check: (context) => {
        expect(context.result).toEqual({ action: 'deny' });
        expect(context.logged).toEqual([{ 'not-enforced': 'restrict-ips/not-in-allow-list' }]);
      },
    },
    {
      title: 'decides on requests, too',
      config: office,
      connect: { clientIp: '203.0.113.66' },
      request: {},
      expected: 'in-deny-list',
    },
  ],
  refusals: [
    ...[
      '',
      ' ',
      '10.0.0.0/',
      '/8',
      '10.0.0.0/33',
      '10.0.0.0/08',
      '10.0.0.0/+8',
      '10.0.0.0/8/8',
      '10.0.0.0/-1',
      '10.0.0.0/8 ',
      '10.0.0.0 /8',
      '10.0.0.0/255.0.0.0',
      '10.1',
      '010.0.0.1',
      '0x7f.1',
      '2130706433',
      '10.0.0.256',
      '2001:db8::/129',
      '2001:db8::1::',
      'fe80::1%eth0',
      'fe80::%1/64',
      '[::1]',
      '::ffff:10.1/104',
      'example.com',
    ].map((entry) => ({
      title: `refuses the range ${JSON.stringify(entry)}, naming it`,
      config: { allow: ['192.0.2.1'], deny: [entry] },
      code: 362 as const,
      names: JSON.stringify(entry),
    })),
    {
      title: 'refuses a configuration without entries',
      config: { allow: [], deny: [] },
      code: 9600,
      names: 'at least one',
    },
    { title: 'refuses an entry that is no text', config: { allow: [10] }, code: 9600, names: 'allow' },
    {
      title: 'refuses a list of more than 1,000 entries',
      config: { allow: Array.from({ length: 1_001 }, () => '192.0.2.1') },
      code: 9600,
      names: '1000',
    },
  ],
});
