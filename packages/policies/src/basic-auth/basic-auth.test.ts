import { SampleContext, sampleHost, sampleNowMs, testPolicy } from '@adit/policy-kit/testkit';
import { describe, expect, test } from 'vitest';
import { basicAuth } from './basic-auth.ts';
import { clientOf } from './throttle.ts';

const config = { credentials: ['ann:correct horse', 'bob:pass:word:x'], realm: 'a "b"' };
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
const wrong = { request: { headers: basic('ann:wrong horse') } };

testPolicy(basicAuth, {
  decisions: [
    {
      title: 'asks who shows nothing',
      config,
      request: {},
      expected: 'missing',
      check: ({ result }, decision) => {
        const headers = ['www-authenticate', 'Basic realm="a \\"b\\"", charset="UTF-8"'];
        expect(decision).toMatchObject({ code: 9610, headers });
        expect(result).toEqual({ authorized: false, credentials: { presented: false, username: '' } });
      },
    },
    {
      title: 'lets in who knows a pair',
      config,
      request: { headers: basic('ann:correct horse') },
      expected: 'continue',
      check: ({ result }) =>
        expect(result).toEqual({ authorized: true, credentials: { presented: true, username: 'ann' } }),
    },
    {
      title: 'takes colons in passwords',
      config,
      request: { headers: basic('bob:pass:word:x') },
      expected: 'continue',
    },
    { title: 'refuses another password', config, ...wrong, expected: 'wrong' },
    {
      title: 'refuses one pair’s user with the other’s password',
      config,
      request: { headers: basic('ann:pass:word:x') },
      expected: 'wrong',
    },
    {
      title: 'refuses what is no base64',
      config,
      request: { headers: { authorization: 'Basic !!!' } },
      expected: 'missing',
    },
    { title: 'refuses what has no colon', config, request: { headers: basic('ann') }, expected: 'missing' },
    {
      title: 'refuses another scheme',
      config,
      request: { headers: { authorization: 'Bearer x' } },
      expected: 'missing',
    },
    {
      title: 'refuses two lines, of which the service might read the other',
      config,
      request: { headers: { authorization: [basic('ann:correct horse').authorization, 'Basic eDp5'] } },
      expected: 'missing',
    },
    {
      title: 'takes a secret from an expression',
      config: { credentials: ["ann:${secrets.get('v', 's')}"] },
      values: { "secrets.get('v', 's')": 'secret word' },
      request: { headers: basic('ann:secret word') },
      expected: 'continue',
    },
    {
      title: 'only says so when it is not enforced',
      config: { ...config, enforce: false },
      ...wrong,
      expected: 'continue',
    },
    {
      title: 'looks at nothing more after twenty wrong ones from one /64',
      config,
      before: Array.from({ length: 20 }, () => ({ ...wrong, connect: { clientIp: '2001:db8::1' } })),
      connect: { clientIp: '2001:db8::2' },
      request: { headers: basic('ann:correct horse') },
      expected: 'throttled',
      check: (_, decision) => expect(decision).toMatchObject({ code: 9611 }),
    },
    {
      title: 'says that it looks at nothing more where it is not enforced',
      config: { ...config, enforce: false },
      before: Array.from({ length: 20 }, () => wrong),
      request: { headers: basic('ann:correct horse') },
      expected: 'continue',
      check: ({ result }) =>
        expect(result).toEqual({ authorized: false, credentials: { presented: true, username: 'ann' } }),
    },
    {
      title: 'looks again a minute later',
      config,
      before: Array.from({ length: 20 }, () => wrong),
      nowMs: sampleNowMs + 60_000,
      request: { headers: basic('ann:correct horse') },
      expected: 'continue',
    },
    {
      title: 'holds nobody else up meanwhile',
      config,
      before: Array.from({ length: 20 }, () => wrong),
      connect: { clientIp: '203.0.113.8' },
      request: { headers: basic('ann:correct horse') },
      expected: 'continue',
    },
  ],
  refusals: [
    { title: 'refuses a short password', config: { credentials: ['ann:short'] }, code: 9600, names: 'password' },
    {
      title: 'refuses a pair without colon',
      config: { credentials: ['annlonger'] },
      code: 9600,
      names: 'user:password',
    },
    { title: 'refuses an empty user', config: { credentials: [':longenough'] }, code: 9600, names: 'user:password' },
    { title: 'refuses a realm of two lines', config: { ...config, realm: 'a\r\nb' }, code: 9600, names: 'realm' },
  ],
});

describe('a credential with an expression', () => {
  test.each([
    ['a colon in a part', '${u}:longenough', 'x:y', 'x:y:longenough'],
    ['no colon at all', '${u}', 'x', 'x:y'],
    ['no password', 'ann:${u}', '', 'ann:'],
    ['no password in a whole pair', '${u}', 'ann:', 'ann:'],
    ['a password that is too short', 'ann:${u}', 'short', 'ann:short'],
    ['a password that is too long', 'ann:${u}', 'x'.repeat(129), `ann:${'x'.repeat(129)}`],
    ['no user name', '${u}:longenough', '', ':longenough'],
  ])('that brings %s lets nobody in', async (_, credential, value, presented) => {
    const policy = await basicAuth.prepare(
      basicAuth.schema.parse({ credentials: [credential] }),
      sampleHost({ u: value }),
    );
    const context = new SampleContext({ request: { headers: basic(presented) } });
    expect(() => policy.request?.(context)).toThrow(TypeError);
  });
});

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['::1', '0:0:0:0'],
])('clientOf(%j) is %j', (ip, client) => {
  expect(clientOf(ip)).toBe(client);
});
