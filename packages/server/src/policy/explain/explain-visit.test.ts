import { type Decision } from '@adit/policy-kit';
import { sampleConnectFacts, sampleEndpoint } from '@adit/policy-kit/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import type { PolicyDocument } from '../document/policy-document.ts';
import { PolicyChain } from '../run/policy-chain.ts';
import { PolicyStates } from '../run/policy-state.ts';
import { silentLog as log, testCompiler } from '../test-compiler.testkit.ts';
import { explainVisit } from './explain-visit.ts';
import { ExplainedRequest } from './explained-request.ts';
import { randomAddress, randomDocument, randomRequest } from './random-policy.testkit.ts';

const clock = fakeClock();
const compiler = testCompiler(clock);
const objects = {
  ipPolicy: async () => ({ allow: [], deny: [] }),
  certificateAuthority: async () => ({ certificates: '', revocationLists: [] }),
  findInternal: () => undefined,
  awaitInternal: () => undefined,
  fetchInternal: () => Promise.reject(new Error('no network')),
};

async function chainOf(organisation: PolicyDocument, agent: PolicyDocument): Promise<PolicyChain> {
  const layers = [
    await compiler.compile({ document: organisation, layer: 'organisation', protocol: null, objects }),
    await compiler.compile({ document: agent, layer: 'agent', protocol: 'https', objects }),
  ];
  // Nobody has asked yet: what earlier visitors did must not tell the two apart.
  const state = new PolicyStates(clock).open('');
  return new PolicyChain({ layers, tls: null, state, secret: () => undefined }, { clock, log });
}

const place = { endpoint: sampleEndpoint, isInternal: false, isPooled: false, hasService: true, hostHeader: null };
const edge = { maxForwards: 5, refusalOf: () => undefined };

function shownOutcome({ outcome }: Decision): string {
  return outcome === 'continue' ? 'allow' : outcome;
}

test('explainVisit() says what a chain of two layers decides, for random policies and requests', async () => {
  const outcomes = new Map<string, number>();
  const deciders = new Set<string>();
  const property = fc.asyncProperty(
    randomDocument(),
    randomDocument(),
    randomRequest,
    randomAddress,
    async (outer, inner, asked, clientIp) => {
      const chain = await chainOf(outer, inner);
      const connection = sampleConnectFacts({ clientIp });
      const host = 'app.example.com';
      const upgrade = asked.headers.includes('websocket') ? ['websocket'] : null;
      const facts = { scheme: 'https', authority: host, host, upgrade, body: null, nowMs: 0 } as const;
      const whole = { ...asked, ...facts, headers: ['host', host, ...asked.headers] };
      const explained = await explainVisit({ ...place, chain }, { connection, request: whole }, edge);

      const visit = chain.visit(connection, sampleEndpoint);
      const connected = await visit.connect();
      const live = new ExplainedRequest(whole);
      const decided = connected.outcome === 'continue' ? await visit.request(live).decide() : connected;

      const { verdict, forwarded } = explained;
      expect(verdict.outcome).toBe(shownOutcome(decided));
      expect(verdict.reason).toBe(decided.outcome === 'continue' ? null : decided.reason);
      expect(forwarded?.target).toBe(decided.outcome === 'continue' ? live.target : undefined);
      if (forwarded) expect(forwarded.headers.flatMap(({ name, value }) => [name, value])).toEqual(live.headers.lines);
      if (forwarded) expect(forwarded.isUnwrapped).toBe(live.isUnwrapped);
      const rules = explained.hops.flatMap((hop) => hop.rules);
      for (const { layer, actions } of rules) if (actions.some(({ reason }) => reason !== null)) deciders.add(layer);
      const key = verdict.reason ?? 'allow';
      outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
    },
  );
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
  expect(deciders).toEqual(new Set(['organisation', 'agent']));
});
