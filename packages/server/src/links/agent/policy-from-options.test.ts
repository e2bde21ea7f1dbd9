import { AditError } from '@adit/contracts';
import { parseEndpointOptions } from '@adit/wire';
import { describe, expect, test } from 'vitest';
import type { PolicyDocument } from '../../policy/document/policy-document.ts';
import { policyFromOptions } from './policy-from-options.ts';

const of = (opts: object, scheme: 'https' | 'tcp' = 'https') => policyFromOptions(parseEndpointOptions(opts), scheme);

/** `type config`, phase by phase. */
function actionsOf(document: PolicyDocument): string[] {
  return Object.entries(document).flatMap(([phase, rules]) =>
    rules.flatMap((rule) => rule.actions.map(({ type, config }) => `${phase} ${type} ${JSON.stringify(config)}`)),
  );
}

describe('policyFromOptions()', () => {
  test.each<[title: string, opts: object, actions: string[]]>([
    ['nothing', {}, []],
    [
      'basic auth, as it is written',
      { BasicAuth: { credentials: [{ username: 'u', cleartext_password: 'a:${b}' }] }, Auth: 'v:secret' },
      ['on_http_request basic-auth {"credentials":["u:a:$${b}","v:secret"]}'],
    ],
    [
      'a webhook provider',
      { WebhookVerification: { provider: 'github', secret: 's' } },
      ['on_http_request verify-webhook {"provider":"github","secret":"s"}'],
    ],
    [
      'a circuit breaker',
      { CircuitBreaker: { error_threshold: 0.25 } },
      ['on_http_request circuit-breaker {"error_threshold":0.25}'],
    ],
    ['compression', { Compression: {} }, ['on_http_response compress-response {}']],
    ['the conversion of WebSockets', { WebsocketTCPConverter: {} }, ['on_http_request websocket-tcp-converter {}']],
    [
      'header lines: first those that go, then those that come',
      {
        RequestHeaders: { add: ['x-a: 1', 'x-a:2:3'], remove: ['x-b'] },
        ResponseHeaders: { add: ['host:x'], remove: [] },
      },
      [
        'on_http_request remove-headers {"headers":["x-b"]}',
        'on_http_request add-headers {"headers":{"x-a":"1"}}',
        'on_http_request add-headers {"headers":{"x-a":"2:3"}}',
        'on_http_response add-headers {"headers":{"host":"x"}}',
      ],
    ],
    [
      'user agents',
      { UserAgentFilter: { allow: ['a'], deny: ['b'] } },
      ['on_http_request user-agent-filter {"allow":["a"],"deny":["b"]}'],
    ],
    [
      'a traffic policy, between what is before and behind it',
      {
        TrafficPolicy: 'on_http_request: [{actions: [{type: deny}]}]\non_http_response: [{actions: [{type: log}]}]',
        UserAgentFilter: { deny: ['b'] },
        Compression: {},
      },
      [
        'on_http_request user-agent-filter {"allow":[],"deny":["b"]}',
        'on_http_request deny {}',
        'on_http_response log {}',
        'on_http_response compress-response {}',
      ],
    ],
    [
      'the policy of the first Go SDK',
      {
        Policy: {
          inbound: [
            {
              name: 'a',
              expressions: ['true'],
              actions: [{ type: 'deny', config: Buffer.from('{"status_code":404}').toString('base64') }],
            },
          ],
          outbound: null,
        },
      },
      ['on_http_request deny {"status_code":404}'],
    ],
    [
      'what the Rust core makes of it',
      { TrafficPolicy: '{"Inbound":[{"Name":"a","Expressions":["true"],"Actions":[{"Type":"deny","Config":{}}]}]}' },
      ['on_http_request deny {}'],
    ],
  ])('takes %s', (_title, opts, actions) => {
    expect(actionsOf(of(opts).document)).toEqual(actions);
  });

  test('takes the older phase of tcp endpoints for connections', () => {
    const text = 'inbound: [{actions: [{type: deny}]}]';
    expect(actionsOf(of({ TrafficPolicy: text }, 'tcp').document)).toEqual(['on_tcp_connect deny {}']);
  });

  test.each<[title: string, opts: object, code: number]>([
    ['two policies', { TrafficPolicy: 'a: 1', Policy: { inbound: [] } }, 301],
    ['a header line without a colon', { RequestHeaders: { add: ['x'] } }, 301],
    ['a user name with a colon', { BasicAuth: { credentials: [{ username: 'a:b', cleartext_password: 'c' }] } }, 301],
    ['basic auth for nobody', { BasicAuth: { credentials: [] } }, 301],
    [
      'a configuration that is no JSON',
      { Policy: { inbound: [{ actions: [{ type: 'deny', config: 'AAAA' }] }] } },
      301,
    ],
    ['a policy of another form', { Policy: { inbound: 'x' } }, 301],
    ['a traffic policy that is none', { TrafficPolicy: 'on_http_request: 5' }, 9600],
  ])('refuses %s', (_title, opts, code) => {
    try {
      of(opts);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code });
      expect(error).toBeInstanceOf(AditError);
    }
  });

  test('finds places of the traffic policy behind the rules of options', () => {
    const text = 'on_http_request:\n  - actions:\n      - type: deny\n';
    const { locate } = of({ TrafficPolicy: text, UserAgentFilter: { deny: ['b'] } });
    expect(locate(['on_http_request', 1, 'actions', 0, 'type'])).toEqual({ line: 3, column: 15 });
  });
});
