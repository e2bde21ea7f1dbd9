import { policyModules } from '@adit/policies';
import { type Decision, emptyAddressBook } from '@adit/policy-kit';
import { sampleConnectFacts, sampleEndpoint } from '@adit/policy-kit/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import { expressionLoader } from '../../compose/expression-loader.ts';
import { PolicyCompiler } from '../compile/policy-compiler.ts';
import type { PolicyAction, PolicyDocument } from '../document/policy-document.ts';
import { PolicyChain } from '../run/policy-chain.ts';
import { PolicyStates } from '../run/policy-state.ts';
import { explainRequest, rulesOf } from './explain-request.ts';
import { ExplainedRequest } from './explained-request.ts';

const clock = fakeClock();
const log = { error: () => {}, debug: () => {}, isLevelEnabled: () => false };
const compiler = new PolicyCompiler({
  ...{ modules: policyModules, clock, log },
  fetch: () => Promise.reject(new Error('no network')),
  addresses: emptyAddressBook,
  loadExpressions: expressionLoader(policyModules, emptyAddressBook),
});
const objects = {
  ipPolicy: async () => ({ allow: [], deny: [] }),
  certificateAuthority: async () => '',
  findInternal: () => undefined,
  fetchInternal: () => Promise.reject(new Error('no network')),
};

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

const address = fc.constantFrom('203.0.113.7', '10.0.0.1', '2001:db8::1');
const path = fc.constantFrom('/', '/admin', '/api/v1', '/api/../admin');
const agent = fc.constantFrom('curl/8', 'SomeBot', 'Mozilla/5.0');
const authorization = fc.constantFrom(basic('ann:correct horse'), basic('ann:wrong horse'), 'Bearer x');
const upgrade = fc.constantFrom([], ['Connection', 'Upgrade', 'Upgrade', 'websocket']);
const request = fc.record({
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
const passing = fc.constantFrom(...actions.slice(0, -3));
const ending = fc.constantFrom(...actions.slice(-3));
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
const document: fc.Arbitrary<PolicyDocument> = fc.record({
  on_tcp_connect: fc.array(fc.constant({ name: '', expressions: [], actions: [actions[1] as PolicyAction] }), {
    maxLength: 1,
  }),
  on_http_request: fc.array(fc.oneof(rule, openRule), { maxLength: 6 }),
});

async function chainOf(written: PolicyDocument) {
  const layer = await compiler.compile({ document: written, layer: 'agent', protocol: 'https', objects });
  // Nobody has asked yet: what earlier visitors did must not tell the two apart.
  const state = new PolicyStates(clock).open('');
  const chain = new PolicyChain({ layers: [layer], tls: null, state, secret: () => undefined }, { clock, log });
  return { chain, rules: rulesOf([layer]) };
}

function shownOutcome({ outcome }: Decision): string {
  return outcome === 'continue' ? 'allow' : outcome;
}

test('explainRequest() says what the chain decides, for random policies and requests', async () => {
  const outcomes = new Map<string, number>();
  const property = fc.asyncProperty(document, request, address, async (written, asked, clientIp) => {
    const { chain, rules } = await chainOf(written);
    const connection = sampleConnectFacts({ clientIp });
    const whole = { ...asked, scheme: 'https', authority: 'app.example.com', body: null, nowMs: 0 } as const;
    const explained = await explainRequest(chain, rules, { connection, endpoint: sampleEndpoint, request: whole });

    const visit = chain.visit(connection, sampleEndpoint);
    const connected = await visit.connect();
    const live = new ExplainedRequest(whole);
    const decided = connected.outcome === 'continue' ? await visit.request(live).decide() : connected;

    const { verdict, forwarded } = explained;
    expect(verdict.outcome).toBe(shownOutcome(decided));
    expect(verdict.reason).toBe(decided.outcome === 'continue' ? null : decided.reason);
    expect(forwarded?.target).toBe(decided.outcome === 'continue' ? live.target : undefined);
    if (forwarded) expect([forwarded.headers, forwarded.isUnwrapped]).toEqual([live.headers.lines, live.isUnwrapped]);
    const key = verdict.reason ?? 'allow';
    outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
  });
  await fc.assert(property, { numRuns: 2_000 });
  console.log(`explain = live: 2,000 policies and requests: ${JSON.stringify(Object.fromEntries(outcomes))}`);
  // All ways to end were among them.
  const reasons = [...outcomes.keys()];
  for (const wanted of [
    'allow',
    'deny/',
    'custom-response/',
    'close-',
    'basic-auth/',
    'restrict-ips/',
    'chain/',
    'redirect/',
    'websocket-tcp-converter/',
  ]) {
    expect(reasons.some((reason) => reason.startsWith(wanted))).toBe(true);
  }
});
