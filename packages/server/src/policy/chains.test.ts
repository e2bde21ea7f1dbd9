import { newId } from '@adit/contracts';
import { policyModules } from '@adit/policies';
import { emptyAddressBook, type IpRules } from '@adit/policy-kit';
import { SampleContext, sampleConnectFacts, sampleEndpoint } from '@adit/policy-kit/testkit';
import { describe, expect, test } from 'vitest';
import { fakeClock } from '../clock/fake-clock.testkit.ts';
import { expressionLoader } from '../compose/expression-loader.ts';
import type { Chain } from '../domain/chain.ts';
import type { AccountSource } from './account-source.ts';
import { type ChainSource, Chains } from './chains.ts';
import { PolicyCompiler } from './compile/policy-compiler.ts';
import { always, type PolicyAction, type PolicyDocument } from './document/policy-document.ts';
import { PolicyStates } from './run/policy-state.ts';

const accountId = newId('account', 0);
const emptyDocument: PolicyDocument = {};
const clock = fakeClock();
const log = { error: () => {}, debug: () => {}, isLevelEnabled: () => false };
const compiler = new PolicyCompiler({
  ...{ modules: policyModules, clock, log },
  fetch: () => Promise.reject(new Error('no network')),
  addresses: emptyAddressBook,
  loadExpressions: expressionLoader(policyModules, emptyAddressBook),
});

/** What an account has, to be changed. */
class Account implements AccountSource {
  rules: PolicyDocument = emptyDocument;
  addresses: IpRules = { allow: ['0.0.0.0/0', '::/0'], deny: [] };
  organisationRules = async () => this.rules;
  restrictionRules = async () => emptyDocument;
  ipRules: AccountSource['ipRules'] = async () => this.addresses;
  certificateAuthority = async () => undefined;
  secrets = async () => new Map<string, string>();
  findInternal = () => undefined;
}

function open(account: Account) {
  const chains = new Chains({ compiler, states: new PolicyStates(clock), source: account, clock, log });
  const begin = async (document: PolicyDocument, protocol: ChainSource['protocol'] = 'https', owner = accountId) =>
    await chains.open({ accountId: owner, url: `${protocol}://a.test`, protocol, layer: 'agent', document });
  return { chains, begin };
}

function onConnect(...actions: PolicyAction[]): PolicyDocument {
  return { on_tcp_connect: [always(...actions)] };
}

const denyAll = { type: 'restrict-ips', config: { deny: ['0.0.0.0/0', '::/0'] } };
const byPolicy = onConnect({ type: 'restrict-ips', config: { ip_policies: ['ipp_1'] } });
const endTls = { type: 'terminate-tls', config: { min_version: '1.3' } };

async function decision(chain: Chain): Promise<string> {
  return (await chain.visit(sampleConnectFacts(), sampleEndpoint).connect()).outcome;
}

describe('what an endpoint rests on has changed', () => {
  test('between its opening and its being followed: the successor is given at once', async () => {
    const account = new Account();
    const { chains, begin } = open(account);
    const live = await begin(byPolicy);
    account.addresses = { allow: [], deny: ['0.0.0.0/0', '::/0'] };
    await chains.refresh(accountId);
    const given: Chain[] = [];
    live.follow((chain) => given.push(chain));
    expect(await Promise.all(given.map(decision))).toEqual(['deny']);
  });

  test('for all endpoints: each gets new rules, and the former when they are taken away', async () => {
    const account = new Account();
    const { chains, begin } = open(account);
    const given: Chain[] = [];
    const live = await begin(emptyDocument);
    live.follow((chain) => given.push(chain));
    account.rules = onConnect(denyAll);
    await chains.refresh(accountId);
    account.rules = emptyDocument;
    await chains.refresh(accountId);
    expect(await Promise.all(given.map(decision))).toEqual(['deny', 'continue']);
  });

  test('not at all: the chains stay, and no live stream is asked anew', async () => {
    const account = new Account();
    account.rules = onConnect({ type: 'restrict-ips', config: { deny: ['10.0.0.0/8'] } });
    const { chains, begin } = open(account);
    const live = await begin(onConnect({ type: 'log', config: { metadata: { of: 'a' } } }));
    let replaced = 0;
    live.follow(() => (replaced += 1));
    account.rules = structuredClone(account.rules);
    await chains.refresh(accountId);
    expect(replaced).toBe(0);
    account.rules = onConnect(denyAll);
    await chains.refresh(accountId);
    expect(replaced).toBe(1);
  });
});

test('[invariant: fail-closed] a chain that cannot be made any more refuses everybody, until it can', async () => {
  const account = new Account();
  const { chains, begin } = open(account);
  const given: Chain[] = [];
  (await begin(byPolicy)).follow((chain) => given.push(chain));
  const { ipRules } = account;
  account.ipRules = async () => undefined;
  await chains.refresh(accountId);
  account.ipRules = ipRules;
  await chains.refresh(accountId);
  expect(await Promise.all(given.map(decision))).toEqual(['deny', 'continue']);
});

test('[invariant: tenancy-in-every-key] what is counted for an endpoint is not for one of another account', async () => {
  const { begin } = open(new Account());
  const config = { name: 'one', algorithm: 'sliding_window', capacity: 1, rate: '60s' };
  const document = {
    on_http_request: [always({ type: 'rate-limit', config: { ...config, bucket_key: ['conn.client_ip'] } })],
  };
  const { request } = new SampleContext({ request: {} });
  const ask = async (owner: typeof accountId) => {
    const { chain } = await begin(document, 'https', owner);
    return (await chain.visit(sampleConnectFacts(), sampleEndpoint).request(request).decide()).outcome;
  };
  const other = newId('account', 1);
  expect([await ask(accountId), await ask(other), await ask(accountId), await ask(other)]).toEqual([
    'continue',
    'continue',
    'deny',
    'deny',
  ]);
});

test('what all endpoints ask of TLS is asked by those alone whose TLS the server ends', async () => {
  const account = new Account();
  account.rules = onConnect(endTls);
  const { begin } = open(account);
  const asked = async (protocol: ChainSource['protocol']) => (await begin(emptyDocument, protocol)).chain.tls !== null;
  expect([await asked('https'), await asked('http'), await asked('tcp'), await asked('tls')]).toEqual([
    true,
    false,
    false,
    false,
  ]);
  await expect(begin(onConnect(endTls))).rejects.toMatchObject({ code: 2202 });
});
