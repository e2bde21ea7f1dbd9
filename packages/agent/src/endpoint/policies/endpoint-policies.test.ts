import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EndpointKeys } from '../../config/agent-config.ts';
import { defineEndpoint } from '../endpoint-definition.ts';
import { policyFileLimits } from './policy-file-limits.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'adit-policies-'));
  const files = {
    'rules.yml': '\ufeffon_http_request: [] # kept\n',
    passwords: '\ufeffann:hunter2\r\n\nbob:pass:word \n',
    secret: '\ufeffhunter2\r\n',
    blank: ' \n',
    'no-pairs': 'hunter2\n',
    long: 'x'.repeat(policyFileLimits.maxBytes + 1),
    binary: Buffer.from([0xff, 0xfe]),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content);
});
afterAll(() => rm(dir, { recursive: true }));

const at = (name: string) => join(dir, name);
const define = (keys: Partial<EndpointKeys>) => defineEndpoint({ name: 'n', upstream: { url: '3000' }, ...keys });

test('defineEndpoint() reads the files of policies, and hands all of them on', async () => {
  const { forward } = await define({
    traffic_policy_file: at('rules.yml'),
    basic_auth: ['eve:a'],
    basic_auth_file: at('passwords'),
    circuit_breaker: 0.5,
    compression: true,
    websocket_tcp_converter: true,
    request_header: { add: ['a: b'], remove: ['c'] },
    response_header: { add: ['d: e'] },
    user_agent_filter: { allow: ['f'], deny: ['g'] },
    verify_webhook: { provider: 'github', secret_file: at('secret') },
  });
  expect(forward).toMatchObject({
    trafficPolicy: '\ufeffon_http_request: [] # kept\n',
    basicAuth: [
      { username: 'eve', password: 'a' },
      { username: 'ann', password: 'hunter2' },
      { username: 'bob', password: 'pass:word ' },
    ],
    circuitBreaker: 0.5,
    compression: true,
    websocketTcpConverter: true,
    requestHeaders: { add: ['a: b'], remove: ['c'] },
    responseHeaders: { add: ['d: e'] },
    userAgentFilter: { allow: ['f'], deny: ['g'] },
    webhookVerification: { provider: 'github', secret: 'hunter2' },
  });
});

test('defineEndpoint() of a tcp endpoint takes a traffic policy', async () => {
  const traffic_policy = { on_tcp_connect: [] };
  expect(await define({ url: 'tcp://', traffic_policy })).toMatchObject({ forward: { trafficPolicy: traffic_policy } });
});

test.each<[Partial<EndpointKeys>, number, RegExp]>([
  [{ traffic_policy: {}, traffic_policy_url: 'https://a' }, 9201, /"n": it has more than one of traffic_policy/],
  [{ verify_webhook: { provider: 'x', secret: 'a', secret_file: 'b' } }, 9201, /"n": verify_webhook has both/],
  [{ basic_auth: ['hunter2'] }, 9201, /written as user:password/],
  [{ basic_auth: [':hunter2'] }, 9201, /written as user:password/],
  [{ circuit_breaker: 2 }, 9201, /^Cannot use circuit_breaker of the endpoint "n": it must be from 0 to 1$/],
  [{ request_header: { add: ['hunter2'] } }, 9201, /^Cannot use request_header of the endpoint "n"/],
  [{ url: 'tcp://', compression: true }, 9201, /compression of the endpoint "n": it is for http and https/],
  [{ url: 'tls://', basic_auth: ['a:hunter2'] }, 9201, /basic_auth of the endpoint "n": it is for http and https/],
  [{ traffic_policy_url: 'http://example.com' }, 9201, /only https/],
])('defineEndpoint() refuses %j and repeats no secret', async (keys, code, message) => {
  const error = await define(keys).catch((cause: unknown) => cause);
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(String(error)).not.toContain('hunter2');
});

test.each<[string, (file: string) => Partial<EndpointKeys>, string]>([
  ['gone', (file) => ({ traffic_policy_file: file }), 'the traffic policy from "{}": no such file or directory'],
  ['', (file) => ({ traffic_policy_file: file }), 'the traffic policy from "{}": illegal operation on a directory'],
  ['blank', (file) => ({ traffic_policy_file: file }), 'the traffic policy from "{}": it is empty'],
  ['long', (file) => ({ traffic_policy_file: file }), 'the traffic policy from "{}": it is longer than 262,144 bytes'],
  ['binary', (file) => ({ traffic_policy_file: file }), 'the traffic policy from "{}": it is not text in UTF-8'],
  ['blank', (file) => ({ basic_auth_file: file }), 'the passwords from "{}": it is empty'],
  ['blank', (file) => ({ verify_webhook: { provider: 'x', secret_file: file } }), 'the secret from "{}": it is empty'],
])('defineEndpoint() refuses the file "%s"', async (name, keysOf, message) => {
  const file = at(name);
  const error = { code: 9202, message: `Cannot read ${message.replace('{}', file)}` };
  await expect(define(keysOf(file))).rejects.toMatchObject(error);
});

test('defineEndpoint() refuses passwords that are not pairs, without repeating them', async () => {
  const message = expect.not.stringContaining('hunter2');
  await expect(define({ basic_auth_file: at('no-pairs') })).rejects.toMatchObject({ code: 9201, message });
});
