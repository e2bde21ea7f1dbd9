import { AditError } from '@adit/contracts';
import { sampleConnectFacts } from '@adit/policy-kit/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endpointFacts } from '../domain/endpoint.ts';
import type { Explanation } from '../domain/explanation.ts';
import { Backends } from '../legacy-edges/backends.ts';
import { cloudLink } from '../links/cloud/cloud-link.ts';
import { always, type PolicyAction, type PolicyDocument } from '../policy/document/policy-document.ts';
import { ExplainedRequest } from '../policy/explain/explained-request.ts';
import { emptyChain } from '../policy/run/empty-chain.ts';
import { refusingChain } from '../policy/run/refusing-chain.ts';
import { openExplainWorld, theirs } from './explain-endpoint.testkit.ts';
import { explainEndpoint } from './explain-endpoint.ts';

const app = 'https://app.example.test';
const onRequest = (...actions: PolicyAction[]): PolicyDocument => ({ on_http_request: [always(...actions)] });
const onConnect = (...actions: PolicyAction[]): PolicyDocument => ({ on_tcp_connect: [always(...actions)] });
const denyTen: PolicyAction = { type: 'restrict-ips', config: { deny: ['10.0.0.0/8'] } };
const basicAuth: PolicyAction = { type: 'basic-auth', config: { credentials: ['ann:correct horse'] } };
const oneAMinute: PolicyAction = {
  type: 'rate-limit',
  config: { name: 'n', algorithm: 'sliding_window', capacity: 1, rate: '60s', bucket_key: ['conn.client_ip'] },
};
const forward: PolicyAction = { type: 'forward-internal', config: { url: 'https://users.internal' } };

/** Layer, phase, whether it was asked, and what its actions said. */
function rulesOf({ hops }: Explanation): unknown[] {
  return hops.map(({ endpoint, rules }) => [
    endpoint.url,
    ...rules.map(({ layer, phase, isAsked, actions }) => [
      layer,
      phase,
      isAsked,
      ...actions.map((one) => one.reason ?? one.outcome),
    ]),
  ]);
}

describe('explaining an endpoint', () => {
  test('shows the rules of every layer, on the way to an internal endpoint, too', async () => {
    const { open, explain } = openExplainWorld({ organisation: onConnect(denyTen) });
    await open(app, { document: onRequest(oneAMinute, forward) });
    const inner = { ...onConnect(denyTen), ...onRequest(basicAuth) };
    await open('https://users.internal', { document: inner });
    const explained = await explain(app);
    expect(explained.verdict).toEqual({
      outcome: 'deny',
      reason: 'basic-auth/missing',
      errorCode: 'ERR_ADIT_9610',
      status: 401,
    });
    expect(rulesOf(explained)).toEqual([
      [
        app,
        ['organisation', 'on_tcp_connect', true, 'continue'],
        ['agent', 'on_http_request', true, 'continue', 'forward-internal/forwarded'],
      ],
      [
        'https://users.internal',
        ['organisation', 'on_tcp_connect', false],
        ['agent', 'on_tcp_connect', false],
        ['agent', 'on_http_request', true, 'basic-auth/missing'],
      ],
    ]);
    const stranger = await explain(app, { clientIp: '10.1.1.1' });
    expect(stranger.verdict).toMatchObject({ reason: 'restrict-ips/in-deny-list', errorCode: 'ERR_ADIT_3205' });
  });

  test('says what each condition is, and why it cannot be told', async () => {
    const { open, explain, logged } = openExplainWorld();
    const expressions = ["req.method == 'GET'", "req.headers['x-team'][0] == 'a'", 'true'];
    const document = { on_http_request: [{ name: 'team', expressions, actions: [{ type: 'deny', config: {} }] }] };
    await open(app, { document });
    const { hops, verdict } = await explain(app);
    expect(hops[0]?.rules[0]?.conditions).toEqual([
      { text: expressions[0], holds: true, failure: null },
      { text: expressions[1], holds: null, failure: expect.stringContaining('a field or key is not there') },
      { text: 'true', holds: null, failure: null },
    ]);
    expect(verdict.reason).toBe('chain/expression-failed');
    const other = await explain(app, { request: { headers: ['x-team', 'b'] } });
    expect(other.hops[0]?.rules[0]?.conditions.map(({ holds }) => holds)).toEqual([true, false, null]);
    expect(logged).toEqual([]);
  });

  test('[invariant: tenancy-in-every-key] answers the same about what is not there and what is another account’s', async () => {
    const { open, explain } = openExplainWorld();
    for (const url of [app, 'tcp://example.test:20001', 'tls://raw.example.test', 'https://users.internal']) {
      await open(url, {
        accountId: theirs,
        document: url.startsWith('https') ? onRequest(denyTen) : onConnect(denyTen),
      });
      const said = async () => await explain(url).then(rulesOf, (error: Error) => error.message.replace(url, 'it'));
      const foreign = await said();
      expect(foreign).toContain('Cannot explain "it"');
      const empty = openExplainWorld();
      expect(await empty.explain(url).then(rulesOf, (error: Error) => error.message.replace(url, 'it'))).toBe(foreign);
      await expect(explain(url)).rejects.toMatchObject({ code: 9101 });
      expect((await explain(url, {}, theirs)).hops).toHaveLength(1);
    }
    // Nor does a policy reach there.
    const reaching = await explain(app, { policy: JSON.stringify(onRequest(forward)) });
    expect(reaching.verdict.reason).toBe('forward-internal/offline');
  });

  test.each([
    ['no URL', 'app.example.test', {}, 326],
    ['a URL with a path', `${app}/a`, {}, 326],
    ['a URL with a user', 'https://a@app.example.test', {}, 326],
    ['another scheme', 'ftp://app.example.test', {}, 326],
    ['a path that is none', app, { request: { path: 'a b' } }, 9002],
    ['a header of two lines', app, { request: { headers: ['x', 'a\r\nb: c'] } }, 9002],
    ['a second host', app, { request: { headers: ['host', 'other.test'] } }, 9002],
    ['too much', app, { request: { headers: ['x', 'a'.repeat(40_000)] } }, 9006],
  ] as const)('refuses %s', async (_title, url, asked, code) => {
    const { open, explain } = openExplainWorld();
    await open(app);
    await expect(explain(url, asked)).rejects.toMatchObject({ code });
  });

  test('answers whatever is asked, or refuses it by a code', async () => {
    const { open, explain } = openExplainWorld();
    await open(app, { document: onRequest(basicAuth) });
    const odd = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('*', '//', '/%2e%2e', app, `${app}/`),
    );
    const request = fc.record({
      method: fc.oneof(odd, fc.constantFrom('GET', 'OPTIONS', 'CONNECT')),
      path: fc.oneof(odd, fc.constant('/')),
      headers: fc.array(fc.oneof(odd, fc.constantFrom('Host', 'Upgrade', 'Connection', 'Expect')), { maxLength: 4 }),
      body: fc.option(fc.uint8Array()),
    });
    const codes = new Set<number>();
    const property = fc.asyncProperty(fc.oneof(odd, fc.constant(app)), request, async (url, asked) => {
      // Lines are pairs.
      const headers = asked.headers.length % 2 === 0 ? asked.headers : [...asked.headers, ''];
      const error = await explain(url, { request: { ...asked, headers } }).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      codes.add(error === null ? 0 : error instanceof AditError ? error.code : Number.NaN);
    });
    await fc.assert(property, { numRuns: 3_000 });
    expect(codes).toEqual(new Set([0, 326, 9002]));
  });

  test('knows what the edge decides: a service that is not there, and rules that cannot be enforced', async () => {
    const { open, explain } = openExplainWorld();
    const { publication } = await open(app, { link: cloudLink });
    expect((await explain(app)).verdict).toMatchObject({ outcome: 'deny', errorCode: 'ERR_ADIT_6029' });
    publication.replaceChain(refusingChain);
    expect((await explain(app)).verdict).toMatchObject({ reason: 'chain/not-enforceable', errorCode: 'ERR_ADIT_9004' });
  });

  test('says who gets the bytes of a WebSocket, and when none could be opened', async () => {
    const { open, explain } = openExplainWorld();
    const convert: PolicyAction = { type: 'websocket-tcp-converter', config: {} };
    await open('https://users.internal');
    const ask = async (document: PolicyDocument, ...more: string[]) => {
      const lines = ['Connection', 'Upgrade', 'Upgrade', 'websocket', 'Sec-WebSocket-Version', '13', ...more];
      const { verdict, forwarded } = await explain(app, {
        policy: JSON.stringify(document),
        request: { headers: lines },
      });
      return [verdict.errorCode, forwarded?.isUnwrapped];
    };
    const key = ['Sec-WebSocket-Key', 'AAAAAAAAAAAAAAAAAAAAAA=='];
    expect(await ask(onRequest(convert), ...key)).toEqual([null, true]);
    expect(await ask(onRequest(convert))).toEqual(['ERR_ADIT_3206', undefined]);
    // The rules of an internal endpoint see requests, not bytes.
    expect(await ask(onRequest(convert, forward), ...key)).toEqual([null, false]);
  });

  test('asks about the connection alone where nobody speaks HTTP', async () => {
    const { open, explain } = openExplainWorld();
    await open('tcp://example.test:20001', { document: onConnect(denyTen) });
    const refused = await explain('tcp://example.test:20001', { clientIp: '10.0.0.1' });
    expect(refused).toMatchObject({ verdict: { outcome: 'deny', errorCode: null, status: null }, forwarded: null });
    expect((await explain('tcp://example.test:20001')).verdict.outcome).toBe('allow');
  });

  test('shows nobody’s certificate where one is asked for', async () => {
    const { explain } = openExplainWorld();
    const terminate = (config: object) => ({ policy: JSON.stringify(onConnect({ type: 'terminate-tls', config })) });
    expect((await explain(app, terminate({ min_version: '1.3' }))).verdict.outcome).toBe('allow');
    expect((await explain('tls://app.example.test', terminate({}))).verdict.outcome).toBe('allow');
    // Without such a rule the service ends it, and nothing is known of it.
    const known = {
      on_tcp_connect: [{ name: '', expressions: ["conn.tls.version != ''"], actions: [{ type: 'deny', config: {} }] }],
    };
    const through = await explain('tls://app.example.test', { policy: JSON.stringify(known) });
    expect(through.verdict.reason).not.toBe('deny/refused');
  });
});

describe('a draft', () => {
  test('is explained with what the account has, without an endpoint', async () => {
    const kept = { organisation: onConnect(denyTen), ipRules: { allow: [], deny: ['192.0.2.0/24'] } };
    const { explain } = openExplainWorld(kept);
    const policy = 'on_tcp_connect: [{actions: [{type: restrict-ips, config: {ip_policies: [ipp_1]}}]}]';
    const explained = await explain('https://new.example.test', { policy, clientIp: '192.0.2.9' });
    expect(explained.verdict.reason).toBe('restrict-ips/in-deny-list');
    expect(rulesOf(explained)).toEqual([
      [
        'https://new.example.test',
        ['organisation', 'on_tcp_connect', true, 'continue'],
        ['endpoint', 'on_tcp_connect', true, 'restrict-ips/in-deny-list'],
      ],
    ]);
  });

  test('takes the place of the endpoint’s own rules, and changes nothing about them', async () => {
    const { open, explain, directory } = openExplainWorld();
    await open(app, { document: onRequest(basicAuth) });
    const before = directory.find('https', 'app.example.test');
    expect((await explain(app, { policy: '{}' })).verdict.outcome).toBe('allow');
    expect((await explain(app)).verdict.reason).toBe('basic-auth/missing');
    expect(directory.find('https', 'app.example.test')).toBe(before);
  });

  test('is given up afterwards, whatever comes of it', async () => {
    const { directory, clock } = openExplainWorld();
    let closed = 0;
    const open = async () => ({ chain: emptyChain, lacks: null, follow: () => {}, close: () => void closed++ });
    const deps = { directory, backends: new Backends(directory), clock, chains: { open }, sendsForwarded: false };
    const ask = async (path: string) => {
      const visitor = { clientIp: '203.0.113.7', request: { method: 'GET', path, headers: [], body: null } };
      return await explainEndpoint({ accountId: theirs, url: app, policy: '{}', visitor }, deps);
    };
    await ask('/');
    expect(closed).toBe(1);
    await expect(ask('no path')).rejects.toMatchObject({ code: 9002 });
    expect(closed).toBe(2);
  });

  test('that cannot be read is refused with its place', async () => {
    const { explain } = openExplainWorld();
    const asked = { policy: 'on_http_request:\n  - actions: [{type: denyy}]' };
    await expect(explain(app, asked)).rejects.toThrow('line 2, column');
  });
});

describe('explaining is dry', () => {
  test('counts nobody, and says what the counts are', async () => {
    const { open, explain, clock } = openExplainWorld();
    const { live, publication } = await open(app, { document: onRequest(oneAMinute, basicAuth) });
    const visitor = sampleConnectFacts();
    const wrong = ['authorization', `Basic ${Buffer.from('ann:wrong').toString('base64')}`];
    for (let i = 0; i < 30; i++) {
      expect((await explain(app, { request: { headers: wrong } })).verdict.reason).toBe('basic-auth/wrong');
    }
    const come = async (lines: readonly string[]) => {
      const host = 'app.example.test';
      const facts = { method: 'GET', scheme: 'https', authority: host, host, target: '/', upgrade: null } as const;
      const asked = new ExplainedRequest({ ...facts, headers: lines, body: null, nowMs: clock.timeOfDay() });
      const decision = await live.chain
        .visit(visitor, endpointFacts(publication.route.endpoint))
        .request(asked)
        .decide();
      return 'reason' in decision ? decision.reason : decision.outcome;
    };
    const right = ['authorization', `Basic ${Buffer.from('ann:correct horse').toString('base64')}`];
    expect([await come(right), await come(right)]).toEqual(['continue', 'rate-limit/limited']);
    expect((await explain(app)).verdict.reason).toBe('rate-limit/limited');
    expect((await explain(app, { clientIp: '203.0.113.8' })).verdict.reason).toBe('basic-auth/missing');
  });

  test('calls nobody, and says so', async () => {
    const { open, explain, called } = openExplainWorld();
    const call = (config: object): PolicyAction => ({
      type: 'http-request',
      config: { url: 'https://auth.test', ...config },
    });
    await open('https://users.internal');
    const inner = call({ url: 'https://users.internal/' });
    await open(app, { document: onRequest(inner, call({}), call({ on_error: 'halt' })) });
    const { hops, verdict } = await explain(app);
    expect(hops[0]?.rules[0]?.actions).toEqual([
      { type: 'http-request', outcome: 'continue', reason: null, wouldCall: true },
      { type: 'http-request', outcome: 'continue', reason: null, wouldCall: true },
      { type: 'http-request', outcome: 'deny', reason: 'http-request/not-called', wouldCall: true },
    ]);
    expect([verdict.reason, called]).toEqual(['http-request/not-called', []]);
  });
});

describe('secrets', () => {
  const secret = 'hush-Hush-7f3a91';
  const read = "secrets.get('web', 'key')";
  /** The secret, and what somebody could make of it. */
  const values = fc.constantFrom(
    read,
    `${read}.upperAscii()`,
    `base64.encode(bytes(${read}))`,
    `${read}.substring(5)`,
    `'x' + ${read} + 'y'`,
    'vars.it',
  );
  const shown = [secret, secret.toUpperCase(), Buffer.from(secret).toString('base64'), secret.slice(5)];
  const text = values.map((value) => `\${${value}}`);
  const action: fc.Arbitrary<PolicyAction> = fc.oneof(
    text.map((it) => ({ type: 'set-vars', config: { vars: [{ it }] } })),
    text.map((it) => ({ type: 'add-headers', config: { headers: { authorization: `Bearer ${it}` } } })),
    text.map((it) => ({ type: 'url-rewrite', config: { from: '/b', to: `/${it}` } })),
    text.map((it) => ({ type: 'url-rewrite', config: { from: '//app[.]example[.]test', to: `//${it}.test` } })),
    text.map((it) => ({ type: 'log', config: { metadata: { it } } })),
    text.map((it) => ({ type: 'http-request', config: { url: `https://auth.test/${it}` } })),
    text.map((it) => ({ type: 'forward-internal', config: { url: `https://${it}.internal`, on_error: 'continue' } })),
    text.map((it) => ({ type: 'basic-auth', config: { credentials: [`ann:${it}`], enforce: false } })),
    text.map((it) => ({ type: 'header-auth', config: { header: 'x-key', secrets: [it], enforce: false } })),
    text.map((it) => ({ type: 'request-body-find-replace', config: { replacements: [{ from: 'a', to: it }] } })),
    text.map((it) => ({ type: 'custom-response', config: { status_code: 200, body: it, headers: { it } } })),
    text.map((it) => ({ type: 'redirect', config: { from: '/never', to: `/${it}` } })),
  );
  const rule = fc.record({
    name: fc.constant(''),
    expressions: fc.array(fc.constantFrom(`${read} != ''`, `size(${read}) > 3`), { maxLength: 1 }),
    actions: fc.array(action, { minLength: 1, maxLength: 3 }),
  });

  test('[invariant: no-secret-leaves] no value of one is shown, nor what rules make of it', async () => {
    const { explain, open } = openExplainWorld({ secrets: { key: secret } });
    await open('https://users.internal', {
      document: onRequest({ type: 'add-headers', config: { headers: { 'x-inner': `\${${read}}` } } }),
    });
    const outcomes = { forwarded: 0, hidden: 0, refusedToCompile: 0 };
    const property = fc.asyncProperty(
      fc.array(rule, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (rules, goesOn) => {
        const last = goesOn ? [always(forward)] : [];
        const policy = JSON.stringify({
          on_http_request: [always({ type: 'set-vars', config: { vars: [{ it: `\${${read}}` }] } }), ...rules, ...last],
        });
        const request = { method: 'POST', path: '/a/b', headers: ['x-own', 'own'], body: Buffer.from('aaa') };
        const explained = await explain(app, { policy, request }).catch((error: Error) => error);
        if (explained instanceof Error) {
          // Behind what always answers nothing is reached, and it must not be there.
          expect(explained.message).toContain('Cannot take the policy');
          outcomes.refusedToCompile++;
          return;
        }
        const told = JSON.stringify(explained);
        for (const one of shown) expect(told).not.toContain(one);
        if (!explained.forwarded) return;
        outcomes.forwarded++;
        const hidden = explained.forwarded.headers.filter(({ value }) => value === null);
        if (hidden.length > 0 || explained.forwarded.target === null) outcomes.hidden++;
        expect(explained.forwarded.headers).toContainEqual({ name: 'x-own', value: 'own' });
      },
    );
    await fc.assert(property, { numRuns: 1_000 });
    console.log(`secrets in explanations: 1,000 policies: ${JSON.stringify(outcomes)}`);
    expect(Math.min(outcomes.forwarded, outcomes.hidden)).toBeGreaterThan(50);
  });

  test('what rules wrote is shown where none was read', async () => {
    const { open, explain } = openExplainWorld({ secrets: { key: secret } });
    const write: PolicyAction[] = [
      { type: 'add-headers', config: { headers: { 'x-country': '${req.method == "GET" ? "none" : "some"}' } } },
      { type: 'url-rewrite', config: { from: '/v1/', to: '/api/' } },
    ];
    await open(app, { document: onRequest(...write) });
    const { forwarded } = await explain(app, { request: { path: '/v1/a' } });
    expect(forwarded?.target).toBe('/api/a');
    expect(forwarded?.headers).toContainEqual({ name: 'x-country', value: 'none' });
  });
});
