import { expect, test } from 'vitest';
import type { ParsedCommand } from '../../command.ts';
import { policiesFromFlags } from './policies-from-flags.ts';

test('policiesFromFlags() says in the words of the configuration file all that flags can say', () => {
  const options = {
    'traffic-policy-file': 'rules.yml',
    'basic-auth-file': 'passwords',
    'circuit-breaker': '.5',
    compression: 'true',
    'websocket-tcp-converter': 'false',
    'request-header-add': ['a: b', 'c: d'],
    'request-header-remove': 'e',
    'response-header-add': ['f: g'],
    'ua-filter-allow': ['h'],
    'ua-filter-deny': ['i', 'j'],
    'verify-webhook': 'github',
    'verify-webhook-secret-file': 'secret',
  };
  expect(policiesFromFlags(options)).toEqual({
    traffic_policy_file: 'rules.yml',
    basic_auth_file: 'passwords',
    circuit_breaker: 0.5,
    compression: true,
    websocket_tcp_converter: false,
    request_header: { add: ['a: b', 'c: d'], remove: ['e'] },
    response_header: { add: ['f: g'] },
    user_agent_filter: { allow: ['h'], deny: ['i', 'j'] },
    verify_webhook: { provider: 'github', secret_file: 'secret' },
  });
});

test.each([
  [{}, {}],
  [{ 'policy-file': 'old.yml' }, { traffic_policy_file: 'old.yml' }],
  [{ 'traffic-policy-url': 'https://a' }, { traffic_policy_url: 'https://a' }],
  [{ 'verify-webhook': 'sns' }, { verify_webhook: { provider: 'sns' } }],
  [{ 'circuit-breaker': '1' }, { circuit_breaker: 1 }],
])('policiesFromFlags() of %j is %j', (options, expected) => {
  expect(policiesFromFlags(options)).toStrictEqual(expected);
});

test.each<[ParsedCommand['options'], number, string]>([
  [{ 'traffic-policy-file': 'a', 'traffic-policy-url': 'b' }, 9500, '--traffic-policy-file and --traffic-policy-url'],
  [{ 'traffic-policy-file': 'a', 'policy-file': 'b' }, 9500, '--traffic-policy-file and --policy-file'],
  [{ 'verify-webhook-secret-file': 'a' }, 9500, 'it needs --verify-webhook'],
  [{ 'circuit-breaker': 'half' }, 9201, 'a number from 0 to 1'],
  [{ 'circuit-breaker': '-0.5' }, 9201, 'a number from 0 to 1'],
  [{ 'circuit-breaker': '' }, 9201, 'a number from 0 to 1'],
])('policiesFromFlags() refuses %j', (options, code, message) => {
  const error = expect.objectContaining({ code, message: expect.stringContaining(message) });
  expect(() => policiesFromFlags(options)).toThrow(error);
});
