import { expect, test } from 'vitest';
import type { EdgeModules } from './edge-bodies.ts';
import { moduleRules } from './module-rules.ts';

const facts = { protocol: 'https', webhookSecret: null, trafficPolicy: {} } as const;

test.each<[string, EdgeModules, phase: string, actions: object[]]>([
  [
    'ip_restriction',
    { ip_restriction: { ip_policy_ids: ['ipp_1'] } },
    'on_http_request',
    [{ type: 'restrict-ips', config: { ip_policies: ['ipp_1'] } }],
  ],
  [
    'mutual_tls',
    { mutual_tls: { certificate_authority_ids: ['ca_1'] } },
    'on_tcp_connect',
    [{ type: 'terminate-tls', config: { mutual_tls_certificate_authorities: ['ca_1'] } }],
  ],
  [
    'tls_termination',
    { tls_termination: { min_version: '1.3' } },
    'on_tcp_connect',
    [{ type: 'terminate-tls', config: { min_version: '1.3' } }],
  ],
  [
    'request_headers',
    { request_headers: { add: { a: '1', b: '2' }, remove: ['c'] } },
    'on_http_request',
    [
      { type: 'remove-headers', config: { headers: ['c'] } },
      { type: 'add-headers', config: { headers: { a: '1' } } },
      { type: 'add-headers', config: { headers: { b: '2' } } },
    ],
  ],
  [
    'response_headers',
    { response_headers: { add: { a: '1' } } },
    'on_http_response',
    [{ type: 'add-headers', config: { headers: { a: '1' } } }],
  ],
  [
    'compression',
    { compression: {} },
    'on_http_response',
    [{ type: 'compress-response', config: { algorithms: ['gzip', 'deflate'] } }],
  ],
  [
    'circuit_breaker',
    { circuit_breaker: { tripped_duration: 3 } },
    'on_http_request',
    [
      {
        type: 'circuit-breaker',
        config: { tripped_duration: '3s', window_duration: '10s', volume_threshold: 20, error_threshold: 0.5 },
      },
    ],
  ],
  [
    'webhook_verification',
    { webhook_verification: { provider: 'github' } },
    'on_http_request',
    [{ type: 'verify-webhook', config: { provider: 'github' } }],
  ],
  [
    'websocket_tcp_converter',
    { websocket_tcp_converter: {} },
    'on_http_request',
    [{ type: 'websocket-tcp-converter', config: {} }],
  ],
  [
    'user_agent_filter',
    { user_agent_filter: { deny: ['bot'] } },
    'on_http_request',
    [{ type: 'user-agent-filter', config: { allow: [], deny: ['bot'] } }],
  ],
])('%s is the rule of its policy, and none while it is switched off', (name, modules, phase, actions) => {
  expect(moduleRules(modules, facts)).toEqual({
    [phase]: actions.map((action) => ({ name: '', expressions: [], actions: [action] })),
  });
  const off = { [name]: { ...modules[name as keyof EdgeModules], enabled: false } };
  expect(moduleRules(off, facts)).toEqual({});
});

test('requests meet modules in the order of edges, with the traffic policy before headers', () => {
  const modules: EdgeModules = {
    request_headers: { add: { a: '1' } },
    websocket_tcp_converter: {},
    circuit_breaker: {},
    webhook_verification: { provider: 'github' },
    user_agent_filter: { allow: ['x'] },
    ip_restriction: { ip_policy_ids: ['ipp_1'] },
  };
  const trafficPolicy = { on_http_request: [{ name: '', expressions: [], actions: [{ type: 'log', config: {} }] }] };
  const rules = moduleRules(modules, { ...facts, trafficPolicy }).on_http_request ?? [];
  expect(rules.flatMap(({ actions }) => actions.map(({ type }) => type))).toEqual([
    ...['restrict-ips', 'user-agent-filter', 'verify-webhook', 'circuit-breaker', 'log'],
    ...['add-headers', 'websocket-tcp-converter'],
  ]);
});

test('of raw connections addresses are asked about at once', () => {
  const modules = { ip_restriction: { ip_policy_ids: ['ipp_1'] } };
  expect(Object.keys(moduleRules(modules, { ...facts, protocol: 'tcp' }))).toEqual(['on_tcp_connect']);
});

test('a secret is no expression', () => {
  const modules = { webhook_verification: { provider: 'github' } };
  const rules = moduleRules(modules, { ...facts, webhookSecret: '${secrets.get("a", "b")}' });
  expect(rules.on_http_request?.[0]?.actions[0]?.config).toEqual({
    provider: 'github',
    secret: '$${secrets.get("a", "b")}',
  });
});

test('TLS that the service ends is asked for nothing', () => {
  expect(moduleRules({ tls_termination: { terminate_at: 'upstream' } }, { ...facts, protocol: 'tls' })).toEqual({});
});
