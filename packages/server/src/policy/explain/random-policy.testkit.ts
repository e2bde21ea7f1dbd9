// Policies and requests by chance, in which every way to end is likely.
import fc from 'fast-check';
import type { PolicyAction, PolicyDocument } from '../document/policy-document.ts';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

export const randomAddress = fc.constantFrom('203.0.113.7', '10.0.0.1', '2001:db8::1');
const path = fc.constantFrom('/', '/admin', '/api/v1', '/api/../admin');
const agent = fc.constantFrom('curl/8', 'SomeBot', 'Mozilla/5.0');
const authorization = fc.constantFrom(basic('ann:correct horse'), basic('ann:wrong horse'), 'Bearer x');
const upgrade = fc.constantFrom([], ['Connection', 'Upgrade', 'Upgrade', 'websocket']);
export const randomRequest = fc.record({
  method: fc.constantFrom('GET', 'POST', 'DELETE'),
  target: path,
  headers: fc
    .tuple(
      fc.tuple(fc.option(agent), fc.option(authorization), fc.option(fc.constantFrom('a', 'b'))).map(lines),
      upgrade,
    )
    .map((parts) => parts.flat()),
});

function lines([userAgent, credentials, team]: [string | null, string | null, string | null]): string[] {
  const named: [string, string | null][] = [
    ['user-agent', userAgent],
    ['authorization', credentials],
    ['x-team', team],
  ];
  return named.flatMap(([name, value]) => (value === null ? [] : [name, value]));
}

const condition = fc.constantFrom(
  "req.method == 'POST'",
  "req.url.path.startsWith('/api')",
  "conn.client_ip == '10.0.0.1'",
  "'x-team' in req.headers",
  // Fails where there is no such line.
  "req.headers['x-team'][0] == 'a'",
  "vars.who == 'ann'",
  'actions.adit.basic_auth.authorized',
  "req.user_agent.matches('[Bb]ot')",
);

const actions: readonly PolicyAction[] = [
  { type: 'set-vars', config: { vars: [{ who: 'ann' }] } },
  { type: 'restrict-ips', config: { deny: ['10.0.0.0/8'] } },
  { type: 'restrict-ips', config: { deny: ['10.0.0.0/8'], enforce: false } },
  { type: 'basic-auth', config: { credentials: ['ann:correct horse'] } },
  { type: 'basic-auth', config: { credentials: ['ann:correct horse'], enforce: false } },
  { type: 'user-agent-filter', config: { deny: ['Bot'] } },
  { type: 'add-headers', config: { headers: { 'x-team': 'b' } } },
  { type: 'remove-headers', config: { headers: ['authorization'] } },
  { type: 'url-rewrite', config: { from: '^(https?://[^/]+)/admin', to: '$1/api' } },
  { type: 'redirect', config: { from: '/v1$', to: '/v2' } },
  { type: 'header-auth', config: { header: 'x-team', secrets: ['a'] } },
  { type: 'websocket-tcp-converter', config: {} },
  { type: 'deny', config: {} },
  { type: 'custom-response', config: { status_code: 404 } },
  { type: 'close-connection', config: {} },
];

/** @param more Actions besides the usual ones; they may stand at the end of a rule. */
export function randomDocument(more: readonly PolicyAction[] = []): fc.Arbitrary<PolicyDocument> {
  const passing = fc.constantFrom(...actions.slice(0, -3));
  const ending = fc.constantFrom(...actions.slice(-3), ...more);
  const rule = fc.record({
    name: fc.constant(''),
    // Rules that end the phase have conditions: what is behind them must be reachable.
    expressions: fc.array(condition, { minLength: 1, maxLength: 2 }),
    actions: fc.tuple(fc.array(passing, { maxLength: 2 }), ending).map(([some, last]) => [...some, last]),
  });
  const openRule = fc.record({
    name: fc.constant(''),
    expressions: fc.array(condition, { maxLength: 2 }),
    actions: fc.array(passing, { minLength: 1, maxLength: 3 }),
  });
  return fc.record({
    on_tcp_connect: fc.array(fc.constant({ name: '', expressions: [], actions: [actions[1] as PolicyAction] }), {
      maxLength: 1,
    }),
    on_http_request: fc.array(fc.oneof(rule, openRule), { maxLength: 6 }),
  });
}
