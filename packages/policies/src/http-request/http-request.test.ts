import { gzipSync } from 'node:zlib';
import { AditError } from '@adit/contracts';
import { type ConnectFacts, type PolicyHost, Slots } from '@adit/policy-kit';
import { SampleContext, sampleHost, testPolicy } from '@adit/policy-kit/testkit';
import { expect, test } from 'vitest';
import { httpRequest } from './http-request.ts';

const url = 'https://auth.example/check';
const halt = { url, on_error: 'halt' };

/** Every call gets a new answer. */
const answering = (body: string | Buffer<ArrayBuffer>, init?: ResponseInit): Partial<PolicyHost> => ({
  fetch: async () => new Response(body, init),
});
const failing = (error: Error): Partial<PolicyHost> => ({ fetch: () => Promise.reject(error) });
const cdnLoop = (value: string) => ({ headers: { 'cdn-loop': value } });

testPolicy(httpRequest, {
  decisions: [
    {
      title: 'leaves the answer',
      config: { url },
      host: answering('{"ok":true}', { status: 404, headers: [['X-A', '1']] }),
      request: {},
      expected: 'continue',
      check: ({ result }) => {
        expect(result).toMatchObject({
          error: { code: '', message: '' },
          req: { method: 'GET', url, body: '' },
          res: { resolved_ip: '', status_code: 404, body: '{"ok":true}', time_ms: 0 },
          attempts: [{ response_status_code: 404n, response_time_ms: 0n }],
        });
        expect((result as { res: { header: Map<string, string[]> } }).res.header.get('x-a')).toEqual(['1']);
      },
    },
    {
      title: 'leaves the answer to rules for answers',
      config: halt,
      host: answering('x'),
      response: {},
      expected: 'continue',
      check: ({ result }) => expect(result).toMatchObject({ res: { body: 'x' } }),
    },
    {
      title: 'decompresses',
      config: { url },
      host: answering(gzipSync('hello'), { headers: { 'content-encoding': 'gzip' } }),
      request: {},
      expected: 'continue',
      check: ({ result }) => expect(result).toMatchObject({ res: { body: 'hello' } }),
    },
    {
      title: 'takes 256 KiB',
      config: halt,
      host: answering('x'.repeat(262_144)),
      request: {},
      expected: 'continue',
    },
    {
      title: 'refuses for a byte more',
      config: halt,
      host: answering('x'.repeat(262_145)),
      request: {},
      expected: 'too-long',
      check: (_, decision) => expect(decision).toMatchObject({ code: 3601 }),
    },
    {
      title: 'refuses for little that becomes much',
      config: halt,
      host: answering(gzipSync(Buffer.alloc(262_145)), { headers: { 'content-encoding': 'gzip' } }),
      request: {},
      expected: 'too-long',
    },
    {
      title: 'refuses for an answer of which the guard read enough',
      config: halt,
      host: failing(new AditError(3601)),
      request: {},
      expected: 'too-long',
    },
    {
      title: 'refuses for what is not compressed as it says',
      config: halt,
      host: answering('x', { headers: { 'content-encoding': 'gzip' } }),
      request: {},
      expected: 'no-answer',
    },
    {
      title: 'refuses when nobody answers',
      config: halt,
      host: failing(new AditError(9621)),
      request: {},
      expected: 'no-answer',
      check: ({ result }, decision) => {
        expect(decision).toMatchObject({ code: 9621 });
        expect(result).toMatchObject({ error: { code: 'ERR_ADIT_9621' }, res: { status_code: 0 } });
      },
    },
    {
      title: 'goes on when nobody answers, if that is wanted',
      config: { url },
      host: failing(new AditError(9620)),
      request: {},
      expected: 'continue',
      check: ({ result }) =>
        expect(result).toMatchObject({ error: { code: 'ERR_ADIT_9620' }, res: { status_code: 0, body: '' } }),
    },
    {
      title: 'refuses when the address is not to be called',
      config: halt,
      host: failing(new AditError(9620)),
      request: {},
      expected: 'forbidden-address',
      check: (_, decision) => expect(decision).toMatchObject({ code: 9620 }),
    },
    {
      title: 'refuses for an internal call that goes in circles',
      config: { ...halt, url: 'https://auth.internal/' },
      host: { fetchInternal: () => Promise.reject(new AditError(3603)) },
      request: {},
      expected: 'circle',
      check: (_, decision) => expect(decision).toMatchObject({ code: 3603 }),
    },
    {
      title: 'refuses when its time is over',
      config: halt,
      host: {
        after: (_delayMs, ring) => (ring(), () => {}),
        fetch: () => Promise.reject(new AditError(9621)),
      },
      request: {},
      expected: 'too-late',
      check: (_, decision) => expect(decision).toMatchObject({ code: 3602 }),
    },
    {
      title: 'lets the third turn of a circle pass',
      config: halt,
      host: answering('x'),
      request: cdnLoop('adit, other; a=b, adit'),
      expected: 'continue',
    },
    {
      title: 'refuses the fourth turn, whatever is wanted',
      config: { url },
      request: cdnLoop('adit,Adit;x=y, adit'),
      expected: 'circle',
      check: (_, decision) => expect(decision).toMatchObject({ code: 3603 }),
    },
    {
      title: 'calls nobody when it is only asked what would happen',
      config: { url },
      isDry: true,
      request: {},
      expected: 'continue',
      check: ({ result }) =>
        expect(result).toMatchObject({
          error: { message: expect.stringContaining('explain') },
          attempts: [],
          res: { status_code: 0 },
        }),
    },
    {
      title: 'refuses who needs an answer when nobody is called',
      config: halt,
      isDry: true,
      request: {},
      expected: 'not-called',
    },
    {
      title: 'refuses when there are too many calls already, whatever is wanted',
      config: { url: 'https://auth.example/?${full}' },
      values: {
        full: (context: SampleContext) => (context.state('calls', () => new Slots(0)), ''),
      },
      request: {},
      expected: 'busy',
    },
    {
      title: 'calls again as long as the condition holds',
      config: { url, retry_condition: 'again' },
      values: { again: (_: unknown, given: { attempts: number }) => given.attempts < 3 },
      host: answering('x', { status: 500 }),
      request: {},
      expected: 'continue',
      check: ({ result }) => expect(result?.['attempts']).toHaveLength(3),
    },
    {
      title: 'calls four times and no more',
      config: { url, retry_condition: 'again' },
      values: { again: true },
      host: failing(new AditError(9621)),
      request: {},
      expected: 'continue',
      check: ({ result }) => expect(result?.['attempts']).toHaveLength(4),
    },
  ],
  refusals: [
    { title: 'refuses no url', config: { url: '' }, code: 9600, names: 'url' },
    { title: 'refuses content with GET', config: { url, body: 'x' }, code: 9600, names: 'GET' },
    { title: 'refuses another method', config: { url, method: 'TRACE' }, code: 9600, names: 'method' },
    { title: 'refuses to frame', config: { url, headers: { 'Content-Length': '1' } }, code: 9600, names: 'frames' },
    {
      title: 'refuses to say who the visitor is',
      config: { url, headers: { 'X_Forwarded-For': '1' } },
      code: 9600,
      names: 'only the server',
    },
    { title: 'refuses another host', config: { url, headers: { Host: 'a' } }, code: 9600, names: 'Host' },
    { title: 'refuses to hide circles', config: { url, headers: { 'CDN-Loop': 'a' } }, code: 9600, names: 'circles' },
    {
      title: 'refuses an eleventh header',
      config: { url, headers: Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`x-${i}`, ''])) },
      code: 9600,
      names: 'at most 10',
    },
    {
      title: 'refuses a 33rd parameter',
      config: { url, query_params: Array.from({ length: 33 }, () => ({ key: 'a', value: '' })) },
      code: 9600,
      names: 'query_params',
    },
    { title: 'refuses a longer time', config: { url, timeout: '31s' }, code: 9600, names: '1s to 30s' },
    { title: 'refuses a shorter time', config: { url, timeout: '999ms' }, code: 9600, names: '1s to 30s' },
    { title: 'refuses a time that is none', config: { url, timeout: '3' }, code: 9600, names: '3s' },
    {
      title: 'refuses an eleventh redirection',
      config: { url, max_redirects: 11 },
      code: 9600,
      names: 'max_redirects',
    },
    {
      title: 'refuses a condition that is none',
      config: { url, retry_condition: 'attempts' },
      host: { expression: (text) => ({ text, type: 'int', evaluate: () => 1n, render: () => '1' }) },
      code: 2200,
      names: 'not true or false',
    },
  ],
});

test('a condition that is not true or false refuses', async () => {
  const host = sampleHost({ again: 1n }, answering('x'));
  const policy = await httpRequest.prepare(httpRequest.schema.parse({ url, retry_condition: 'again' }), host);
  await expect(policy.request?.(new SampleContext())).rejects.toThrow(TypeError);
});

test('what is a mistake of ours refuses, whatever is wanted', async () => {
  const host = sampleHost({}, failing(new RangeError('a bug')));
  const policy = await httpRequest.prepare(httpRequest.schema.parse({ url }), host);
  await expect(policy.request?.(new SampleContext())).rejects.toThrow('a bug');
});

test('no more than 100 calls are under way, and those that are over make room', async () => {
  const waiting: (() => void)[] = [];
  const fetch = () => new Promise<Response>((resolve) => waiting.push(() => resolve(new Response('x'))));
  const policy = await httpRequest.prepare(httpRequest.schema.parse({ url }), sampleHost({}, { fetch }));
  const context = new SampleContext();
  const ask = async () => policy.request?.(context);
  const first = Array.from({ length: 100 }, ask);
  expect(await ask()).toMatchObject({ reason: 'http-request/busy' });
  for (const answer of waiting.splice(0)) answer();
  await Promise.all(first);
  const next = ask();
  expect(waiting).toHaveLength(1);
  waiting[0]?.();
  expect(await next).toEqual({ outcome: 'continue' });
});

test.each([
  ['https://auth.internal:8443/check', 'internal'],
  ['http://AUTH.internal./', 'internal'],
  ['https://internal/', 'outside'],
  ['https://auth.internal.example/', 'outside'],
  ['https://notinternal/', 'outside'],
])('%s is called %s, for the visitor', async (address, expected) => {
  const called: unknown[] = [];
  const answer = (where: string, from?: ConnectFacts) => {
    called.push([where, from?.clientIp]);
    return Promise.resolve(new Response(null, { status: 302, headers: { location: 'https://other.example/' } }));
  };
  const fetches = { fetch: () => answer('outside'), fetchInternal: (from: ConnectFacts) => answer('internal', from) };
  const config = httpRequest.schema.parse({ url: address, max_redirects: 1 });
  const policy = await httpRequest.prepare(config, sampleHost({}, fetches));
  const context = new SampleContext();
  await policy.request?.(context);
  // Who answers does not lead from one kind to the other.
  const [once] = [[expected, expected === 'internal' ? context.connection.clientIp : undefined]];
  expect(called).toEqual([once, once]);
});
