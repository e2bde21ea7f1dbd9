import { AditError, newId } from '@adit/contracts';
import { type IpRules } from '@adit/policy-kit';
import { SampleContext, sampleConnectFacts, sampleEndpoint } from '@adit/policy-kit/testkit';
import { describe, expect, test } from 'vitest';
import { fakeClock } from '../clock/fake-clock.testkit.ts';
import type { Chain } from '../domain/chain.ts';
import { countTurns } from '../domain/count-turns.testkit.ts';
import type { Requirement } from '../domain/requirement.ts';
import { type AccountSource, secretKey } from './account-source.ts';
import { type ChainSource, Chains } from './chains.ts';
import { always, type PolicyAction, type PolicyDocument } from './document/policy-document.ts';
import type { ChainFollower } from './open-chain.ts';
import { type ChainState, PolicyStates } from './run/policy-state.ts';
import { silentLog as log, testCompiler } from './test-compiler.testkit.ts';

const accountId = newId('account', 0);
const emptyDocument: PolicyDocument = {};
const clock = fakeClock();
const compiler = testCompiler(clock);

/** What an account has, to be changed. */
class Account implements AccountSource {
  rules: PolicyDocument = emptyDocument;
  addresses: IpRules = { allow: ['0.0.0.0/0', '::/0'], deny: [] };
  requires: readonly Requirement[] = [];
  organisationRules: AccountSource['organisationRules'] = async () => ({
    document: this.rules,
    requires: this.requires,
  });
  restrictionRules = async () => emptyDocument;
  ipRules: AccountSource['ipRules'] = async () => this.addresses;
  certificateAuthority = async () => undefined;
  secrets: AccountSource['secrets'] = async () => new Map([[secretKey('web', 'key'), 'value']]);
  findInternal = () => undefined;
  awaitInternal = () => undefined;
  fetchInternal = () => Promise.reject(new Error('no network'));
}

/** Knows how many chains count something. */
class CountedStates extends PolicyStates {
  users = 0;

  override open(owner: string): ChainState {
    const state = super.open(owner);
    this.users += 1;
    const release = () => {
      this.users -= 1;
      state.release();
    };
    return { ...state, release };
  }
}

function open(account: Account, states = new PolicyStates(clock)) {
  const chains = new Chains({ compiler, states, source: account, clock, log });
  const begin = async (document: PolicyDocument, protocol: ChainSource['protocol'] = 'https', owner = accountId) =>
    await chains.open({ accountId: owner, url: `${protocol}://a.test`, protocol, layer: 'agent', document });
  return { chains, begin };
}

function onConnect(...actions: PolicyAction[]): PolicyDocument {
  return { on_tcp_connect: [always(...actions)] };
}

const denyAll = { type: 'restrict-ips', config: { deny: ['0.0.0.0/0', '::/0'] } };
const byPolicy = onConnect({ type: 'restrict-ips', config: { ip_policies: ['ipp_1'] } });

function noting(given: Chain[]): ChainFollower {
  return { onReplaced: (chain) => void given.push(chain), onLacking: () => {} };
}

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
    live.follow(noting(given));
    expect(await Promise.all(given.map(decision))).toEqual(['deny']);
  });

  test('for all endpoints: each gets new rules, and the former when they are taken away', async () => {
    const account = new Account();
    const { chains, begin } = open(account);
    const given: Chain[] = [];
    const live = await begin(emptyDocument);
    live.follow(noting(given));
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
    live.follow({ onReplaced: () => (replaced += 1), onLacking: () => {} });
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
  (await begin(byPolicy)).follow(noting(given));
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

test('[invariant: fail-closed] rules for all endpoints that cannot be made any more let nobody in, until they can', async () => {
  const account = new Account();
  account.rules = byPolicy;
  const { chains, begin } = open(account);
  const given: Chain[] = [];
  const live = await begin(emptyDocument);
  live.follow(noting(given));
  const { ipRules } = account;
  account.ipRules = async () => undefined;
  await chains.refresh(accountId);
  await expect(begin(emptyDocument)).rejects.toThrow("Cannot enforce the account's rules for all endpoints: ");
  account.ipRules = ipRules;
  await chains.refresh(accountId);
  expect(await Promise.all([live.chain, ...given].map(decision))).toEqual(['continue', 'deny', 'continue']);
});

test('[invariant: fail-closed] while rules for all endpoints cannot be read, cloud endpoints refuse everybody, and others are not opened', async () => {
  const account = new Account();
  account.organisationRules = () => Promise.reject(new AditError(9600));
  const { chains } = open(account);
  const source = { accountId, url: '', protocol: 'https', layer: 'endpoint', document: emptyDocument } as const;
  expect(await decision((await chains.open({ ...source, isInForce: true })).chain)).toBe('deny');
  await expect(chains.open(source)).rejects.toThrow("Cannot enforce the account's rules");
});

describe('what an account requires of its endpoints', () => {
  const restricting = onConnect({ type: 'restrict-ips', config: { deny: ['10.0.0.0/8'] } });
  const restrictIps: Requirement = { action: 'restrict-ips', settings: {} };

  test('they must have of their own, also those that are in force', async () => {
    const account = new Account();
    account.rules = restricting;
    account.requires = [restrictIps];
    const { chains, begin } = open(account);
    await expect(begin(emptyDocument)).rejects.toMatchObject({ code: 9409 });
    const source = { accountId, url: '', protocol: 'https', layer: 'endpoint', document: emptyDocument } as const;
    await expect(chains.open({ ...source, isInForce: true })).rejects.toMatchObject({ code: 9409 });
    expect((await begin(restricting)).lacks).toBe(null);
  });

  test('takes those offline that are without, when it changes, and no others', async () => {
    const account = new Account();
    const { chains, begin } = open(account);
    const told: string[] = [];
    const follow = async (name: string, document: PolicyDocument) => {
      const live = await begin(document);
      live.follow({ onReplaced: () => {}, onLacking: ({ code }) => (told.push(`${name} ${code}`), live.close()) });
    };
    await follow('with', restricting);
    await follow('without', emptyDocument);
    account.requires = [restrictIps];
    await chains.refresh(accountId);
    await chains.refresh(accountId);
    expect(told).toEqual(['without 9409']);
  });

  test('may change before somebody follows the chain: it knows, and so does who follows then', async () => {
    const account = new Account();
    const { chains, begin } = open(account);
    const live = await begin(emptyDocument);
    account.requires = [restrictIps];
    await chains.refresh(accountId);
    expect(live.lacks).toMatchObject({ code: 9409 });
    const told: number[] = [];
    live.follow({ onReplaced: () => {}, onLacking: ({ code }) => told.push(code) });
    account.requires = [];
    await chains.refresh(accountId);
    expect([told, live.lacks]).toEqual([[9409], null]);
  });
});

describe('rules that ask for secrets', () => {
  const isTrue = (...expressions: string[]): PolicyDocument => ({
    on_tcp_connect: [{ name: '', expressions, actions: [{ type: 'deny', config: {} }] }],
  });
  const setting = (value: string): PolicyDocument => onConnect({ type: 'set-vars', config: { vars: [{ x: value }] } });
  const asking: [string, PolicyDocument][] = [
    ['in a condition', isTrue("secrets.get('web', 'key') == 'value'")],
    ['with spaces and a comment between', isTrue("secrets . // x\n get('web', 'key') == 'value'")],
    ['inside of a macro', isTrue("['key'].exists(name, secrets.get('web', name) == 'value')")],
    ['inside of a text', setting("a${secrets.get('web', 'key')}")],
  ];

  test.each(asking)('%s: find them', async (_, document) => {
    const { begin } = open(new Account());
    const expected = document.on_tcp_connect?.[0]?.expressions.length ? 'close' : 'continue';
    expect(await decision((await begin(document)).chain)).toBe(expected);
  });

  test.each(asking)('%s: are not opened where they may not', async (_, document) => {
    const { chains } = open(new Account());
    const source = { accountId, url: 'https://a.test', protocol: 'https', layer: 'agent', document } as const;
    await expect(chains.open({ ...source, mayReadSecrets: false })).rejects.toMatchObject({ code: 9410 });
  });

  test('are others than those that only name them', async () => {
    const { chains } = open(new Account());
    const document = setting('secrets.get');
    const source = { accountId, url: 'https://a.test', protocol: 'https', layer: 'agent', document } as const;
    await expect(chains.open({ ...source, mayReadSecrets: false })).resolves.toBeDefined();
  });

  test('of the account itself are asked all the same', async () => {
    const account = new Account();
    account.rules = isTrue("secrets.get('web', 'key') == 'value'");
    const { chains } = open(account);
    const source = { accountId, url: 'https://a.test', protocol: 'https', layer: 'agent', document: {} } as const;
    expect(await decision((await chains.open({ ...source, mayReadSecrets: false })).chain)).toBe('close');
  });
});

test('what changes reaches an endpoint that is opened while the last one of its account goes', async () => {
  const account = new Account();
  const { chains, begin } = open(account);
  const last = await begin(emptyDocument);
  const opening = begin(emptyDocument);
  last.close();
  const given: Chain[] = [];
  (await opening).follow(noting(given));
  account.rules = onConnect(denyAll);
  await chains.refresh(accountId);
  expect(await Promise.all(given.map(decision))).toEqual(['deny']);
});

describe('nothing is left of an endpoint', () => {
  /** Until it is let go, whoever reads addresses waits. */
  function holding(account: Account): { held: Promise<void>; letGo(): void } {
    const [held, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    account.ipRules = async () => {
      held.resolve();
      await gate.promise;
      return account.addresses;
    };
    return { held: held.promise, letGo: gate.resolve };
  }

  test('that goes while its chain is made anew', async () => {
    const [account, states] = [new Account(), new CountedStates(clock)];
    const { chains, begin } = open(account, states);
    const live = await begin(byPolicy);
    const { held, letGo } = holding(account);
    const refreshing = chains.refresh(accountId);
    await held;
    live.close();
    letGo();
    await refreshing;
    expect(states.users).toBe(0);
  });

  test('whose account changed while it was opened', async () => {
    const [account, states] = [new Account(), new CountedStates(clock)];
    const { chains, begin } = open(account, states);
    await begin(emptyDocument);
    const { held, letGo } = holding(account);
    const opening = begin(byPolicy);
    await held;
    const refreshing = chains.refresh(accountId);
    letGo();
    await refreshing;
    (await opening).close();
    expect(states.users).toBe(0);
  });
});

test('a secret of one vault is not found by the name of another', () => {
  expect(secretKey('a\nb', 'c')).not.toBe(secretKey('a', 'b\nc'));
});

test('while many rules are prepared others have their turns', async () => {
  const { begin } = open(new Account());
  const rule = always({ type: 'set-vars', config: { vars: [{ x: 'y' }] } });
  await begin({ on_http_request: [rule] });
  const turns = await countTurns(() => begin({ on_http_request: Array.from({ length: 400 }, () => rule) }));
  expect(turns).toBeGreaterThanOrEqual(19);
});

test('what one decision may cost is anew for each request and each message', async () => {
  const ruleWith = (type: string, config: object) => [
    { name: '', expressions: ['lists.range(9000).all(x, x >= 0)', 'false'], actions: [{ type, config }] },
  ];
  const { chain } = await open(new Account()).begin({
    on_http_request: ruleWith('deny', {}),
    on_event_stream_message: ruleWith('sse-find-replace', { replacements: [{ from: 'a', to: 'b' }] }),
  });
  const { connection, request, response, event } = new SampleContext({ request: {}, event: { data: 'a' } });
  const visit = chain.visit(connection, sampleEndpoint);
  for (let i = 0; i < 30; i++) expect(await visit.request(request).decide()).toMatchObject({ outcome: 'continue' });
  const streaming = visit.request(request);
  await streaming.answer(response);
  for (let i = 0; i < 30; i++) expect(await streaming.event(event)).toMatchObject({ outcome: 'continue' });
});

test('rules that are cheap each, and dear together, let nobody in [invariant: fail-closed]', async () => {
  const actions = [{ type: 'set-vars', config: { vars: [{ x: 'y' }] } }];
  const rules = Array.from({ length: 30 }, () => ({
    name: '',
    expressions: ['lists.range(9000).all(x, x >= 0)'],
    actions,
  }));
  const { chain } = await open(new Account()).begin({ on_http_request: rules });
  const { connection, request } = new SampleContext({ request: {} });
  const decided = chain.visit(connection, sampleEndpoint).request(request).decide();
  expect(await decided).toMatchObject({ outcome: 'deny', reason: 'chain/expression-failed' });
});
