// Rate limits with the language that says what they count by, in the layers that they stand in.
import { newId } from '@adit/contracts';
import { SampleContext, sampleConnectFacts, sampleEndpoint } from '@adit/policy-kit/testkit';
import { expect, test } from 'vitest';
import { fakeClock } from '../clock/fake-clock.testkit.ts';
import type { AccountSource } from './account-source.ts';
import { Chains } from './chains.ts';
import { always, type PolicyDocument } from './document/policy-document.ts';
import { PolicyStates } from './run/policy-state.ts';
import { silentLog as log, testCompiler } from './test-compiler.testkit.ts';

const clock = fakeClock(Date.UTC(2026, 0, 1, 12, 30));
const compiler = testCompiler(clock);

function limit(changes: object): PolicyDocument {
  const config = { name: 'n', algorithm: 'sliding_window', capacity: 1, rate: '60s', bucket_key: ['conn.client_ip'] };
  return { on_http_request: [always({ type: 'rate-limit', config: { ...config, ...changes } })] };
}

/** Who is asked by the rules of an account and by those of an endpoint; answers what becomes of a request. */
async function open(account: PolicyDocument, own: PolicyDocument) {
  const source: AccountSource = {
    organisationRules: async () => ({ document: account, requires: [] }),
    restrictionRules: async () => ({}),
    ipRules: async () => ({ allow: [], deny: [] }),
    certificateAuthority: async () => undefined,
    secrets: async () => new Map<string, string>(),
    findInternal: () => undefined,
    awaitInternal: () => undefined,
    fetchInternal: () => Promise.reject(new Error('no network')),
  };
  const chains = new Chains({ compiler, states: new PolicyStates(clock), source, clock, log });
  const { chain } = await chains.open({
    ...{ accountId: newId('account', 0), url: 'https://a.test', protocol: 'https', layer: 'agent', document: own },
  });
  return async (text = '1') => {
    const { request } = new SampleContext({ request: { headers: { 'x-text': text }, target: `/?a=${text}` } });
    const decision = await chain.visit(sampleConnectFacts(), sampleEndpoint).request(request).decide();
    return decision.outcome === 'continue' ? 'continue' : decision.reason;
  };
}

test.each([
  ['header lines', 'req.headers'],
  ['fields of a query', 'req.url.query_params'],
  ['a map', "{'a': req.headers['x-text'][0]}"],
  ['a list of integers', "[size(req.headers['x-text'][0]), int(req.headers['x-text'][0])]"],
  ['an integer without sign', "uint(req.headers['x-text'][0])"],
  ['a duration', "duration(req.headers['x-text'][0] + 's')"],
  ['bytes', "bytes(req.headers['x-text'][0])"],
])('visitors with the same value share a bucket, those with others do not: %s', async (_title, key) => {
  const ask = await open({}, limit({ bucket_key: [key] }));
  expect([await ask('1'), await ask('2'), await ask('1')]).toEqual(['continue', 'continue', 'rate-limit/limited']);
});

test('numbers that are none are told apart', async () => {
  const ask = await open({}, limit({ bucket_key: ["double(req.headers['x-text'][0])"] }));
  expect([await ask('NaN'), await ask('Infinity'), await ask('-Infinity')]).toEqual(Array(3).fill('continue'));
});

test("an endpoint's own limit does not undo that of the account, whatever it is called", async () => {
  const ask = await open(limit({ capacity: 2 }), limit({ capacity: 1_000, rate: '24h' }));
  expect([await ask(), await ask(), await ask()]).toEqual(['continue', 'continue', 'rate-limit/limited']);
});
