import { AditError } from '@adit/contracts';
import { parseBindRequest } from '@adit/wire';
import { describe, expect, test } from 'vitest';
import type { TlsEnding } from '../../domain/route.ts';
import { always } from '../../policy/document/policy-document.ts';
import { optionsDigest, readBindOptions } from './bind-options.ts';

const read = (opts: object, rest: object = {}) =>
  readBindOptions(parseBindRequest({ Id: '', Proto: 'https', Opts: opts, Extra: {}, ...rest }));

function refusal(run: () => unknown): AditError | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof AditError) return error;
    throw error;
  }
  return undefined;
}

/** As the Rust client sends it when the user set nothing (agent protocol, §11.1). */
const nothingSet = {
  Domain: '',
  Hostname: '',
  Subdomain: '',
  Auth: '',
  HostHeaderRewrite: false,
  LocalUrlScheme: null,
  ProxyProto: 0,
  Compression: null,
  CircuitBreaker: null,
  IPRestriction: null,
  BasicAuth: null,
  OAuth: null,
  OIDC: null,
  WebhookVerification: null,
  MutualTLSCA: null,
  RequestHeaders: null,
  ResponseHeaders: null,
  WebsocketTCPConverter: null,
  UserAgentFilter: null,
  TrafficPolicy: '',
  Policy: null,
};

describe('readBindOptions() refuses what is not enforced, naming it (§16.10):', () => {
  test.each<[name: string, value: unknown, opts?: object]>([
    ['OAuth', { provider: 'google' }],
    ['OIDC', { issuer_url: 'https://idp', client_id: 'x', client_secret: 'hush' }],
    ['MutualTLSAtEdge', { mutual_tls_ca: 'AAAA' }],
    ['MutualTLSAtAgent', true],
    ['Addr', 'localhost:20001'],
    ['oauth', { provider: 'google' }],
    ['SomethingNew', { on: true }],
    [
      'BasicAuth.credentials.hashed_password',
      undefined,
      { BasicAuth: { credentials: [{ username: 'u', hashed_password: 'hush' }] } },
    ],
    [
      'WebhookVerification.sealed_secret',
      undefined,
      { WebhookVerification: { provider: 'github', sealed_secret: 'hush' } },
    ],
    ['Compression.level', undefined, { Compression: { level: 9 } }],
    ['WebsocketTCPConverter.binary', undefined, { WebsocketTCPConverter: { binary: true } }],
    ['TLSTermination', { key: 'hush' }],
  ])('option %s', (name, value, opts = { [name]: value }) => {
    const error = refusal(() => read({ ...nothingSet, ...opts }));
    expect(error?.code).toBe(name === 'oauth' ? 301 : 9403);
    expect(error?.message).toContain(`"${name}"`);
    expect(error?.message).not.toContain('hush');
  });

  test.each<[name: string, rest: object]>([
    ['Bindings', { Extra: { Bindings: ['kubernetes'] } }],
    ['Bindings', { Extra: { Bindings: ['public', 'internal'] } }],
    ['IPPolicyRef', { Extra: { IPPolicyRef: 'ipp_1' } }],
    ['ForwardsProto', { ForwardsProto: 'http3' }],
    ['ForwardsProto', { ForwardsProto: 'HTTP2' }],
    ['ForwardsProto', { Proto: 'tcp', ForwardsProto: 'http2' }],
  ])('%s in %j', (name, rest) => {
    const error = refusal(() => read(nothingSet, rest));
    expect(error?.code).toBe(9403);
    expect(error?.message).toContain(`"${name}"`);
  });

  test('a lone lower-case spelling of an option', () => {
    expect(refusal(() => read({ mutualtlsatagent: true }))?.code).toBe(9403);
  });

  test('an unknown part of IPRestriction', () => {
    const error = refusal(() => read({ IPRestriction: { policy_ids: ['ipp_1'] } }));
    expect(error).toMatchObject({ code: 9403, message: expect.stringContaining('IPRestriction.policy_ids') });
  });
});

describe('readBindOptions()', () => {
  const isPublic = { Extra: { Bindings: ['public'] } };
  test.each<[what: string, opts: object, rest: object]>([
    ['every option absent as the Rust client sends it', nothingSet, { Extra: { Bindings: null } }],
    ['no option at all', {}, {}],
    ['information only', { HostHeaderRewrite: true, LocalURLScheme: 'http' }, { ForwardsTo: 'here' }],
    ['the public binding', {}, isPublic],
    ['empty lists', { IPRestriction: { allow_cidrs: [] } }, { Extra: { Bindings: [] } }],
  ])('accepts %s', (_what, opts, rest) => {
    expect(read(opts, rest)).toEqual({
      ...{ scheme: 'https', requestedNames: [], upstreamProtocol: 'http1', tls: null },
      policy: { document: {}, locate: expect.any(Function) },
      ...{ binding: rest === isPublic ? 'public' : null, isPooled: false, proxyProtocol: 0, hostHeader: null },
    });
  });

  test.each([
    ['', 'http1'],
    ['http1', 'http1'],
    ['http2', 'http2'],
  ])('takes ForwardsProto %j for an upstream that speaks %s', (ForwardsProto, expected) => {
    expect(read({}, { ForwardsProto }).upstreamProtocol).toBe(expected);
  });

  test.each(['ssh', 'udp', '', 'HTTPS', '__proto__'])('refuses protocol %j with 332', (Proto) => {
    expect(refusal(() => read({}, { Proto }))?.code).toBe(332);
  });

  test.each<[what: string, opts: object]>([
    ['a restriction that is no object', { IPRestriction: 'x' }],
    ['ranges that are no texts', { IPRestriction: { allow_cidrs: [1] } }],
    ['a name that is no text', { Domain: 1 }],
    ['a key twice in other letter case', { IPRestriction: null, ipRestriction: { deny_cidrs: ['0.0.0.0/0'] } }],
    ['an inner key twice', { IPRestriction: { allow_cidrs: [], Allow_CIDRs: ['10.0.0.0/8'] } }],
  ])('refuses %s with 301', (_what, opts) => {
    expect(refusal(() => read(opts))?.code).toBe(301);
  });

  test('turns IPRestriction into the policy restrict-ips', () => {
    const { policy } = read({ IPRestriction: { allow_cidrs: ['10.0.0.0/8'], deny_cidrs: ['10.1.0.0/16'] } });
    const action = { type: 'restrict-ips', config: { allow: ['10.0.0.0/8'], deny: ['10.1.0.0/16'] } };
    expect(policy.document).toEqual({ on_tcp_connect: [always(action)] });
    expect(read({ IPRestriction: { allow_cidrs: [], deny_cidrs: null } }).policy.document).toEqual({});
  });

  test('collects the names asked for in every way there is', () => {
    const opts = { URL: 'https://a', Domain: 'b', hostname: 'c', Subdomain: 'd' };
    expect(read(opts).requestedNames).toEqual(['https://a', 'b', 'c', 'd']);
  });
});

describe('readBindOptions() for tcp and tls', () => {
  test('takes what clients send when nothing is set', () => {
    expect(read({ Addr: '', URL: 'tcp://', ProxyProto: 0, IPRestriction: null }, { Proto: 'tcp' })).toMatchObject({
      ...{ scheme: 'tcp', requestedNames: ['tcp://'], tls: null },
    });
    const tls = { Domain: '', MutualTLSAtAgent: false, MutualTLSAtEdge: null, TLSTermination: null };
    expect(read(tls, { Proto: 'tls' })).toMatchObject({ scheme: 'tls', tls: { kind: 'passthrough' } });
  });

  test('takes the address of tcp', () => {
    expect(read({ Addr: 'localhost:20001' }, { Proto: 'tcp' }).requestedNames).toEqual(['localhost:20001']);
  });

  test.each<[name: string, Proto: string, opts: object]>([
    ['HostHeader', 'tcp', { HostHeader: 'a' }],
    ['HostHeader', 'tls', { HostHeader: 'a' }],
    ['Domain', 'tcp', { Domain: 'app' }],
    ['TLSTermination', 'tcp', { TLSTermination: {} }],
    ['TLSTermination.client_cas', 'tls', { TLSTermination: { client_cas: 'AAAA' } }],
    ['MutualTLSCA', 'tls', { MutualTLSCA: { mutual_tls_ca: 'AAAA' } }],
    ['MutualTLSCA', 'tcp', { MutualTLSCA: { mutual_tls_ca: 'AAAA' } }],
    ['MutualTLSCA.verify', 'https', { MutualTLSCA: { mutual_tls_ca: 'AAAA', verify: true } }],
    ['MutualTLSAtAgent', 'tls', { MutualTLSAtAgent: true }],
  ])('refuses the option %s of %s', (name, Proto, opts) => {
    const error = refusal(() => read(opts, { Proto }));
    expect(error).toMatchObject({ code: 9403, message: expect.stringContaining(`"${name}"`) });
  });

  test('refuses a part of TLSTermination that is there twice', () => {
    const opts = { TLSTermination: { key: 'QUFB', KEY: 'QkJC' } };
    expect(refusal(() => read(opts, { Proto: 'tls' }))?.code).toBe(301);
  });
});

test.each([0, 1, 2])('readBindOptions() takes version %d of the PROXY protocol', (ProxyProto) => {
  for (const Proto of ['http', 'https', 'tcp', 'tls']) {
    expect(read({ ProxyProto }, { Proto }).proxyProtocol).toBe(ProxyProto);
  }
});

test.each([3, -1, 1e9])('readBindOptions() refuses version %d of the PROXY protocol with 301', (ProxyProto) => {
  expect(refusal(() => read({ ProxyProto }))?.code).toBe(301);
});

test.each([['public'], ['internal']] as const)('readBindOptions() takes the binding %s', (binding) => {
  expect(read({}, { Extra: { Bindings: [binding] } }).binding).toBe(binding);
});

test('readBindOptions() takes pooling', () => {
  expect(read({}, { Extra: { PoolingEnabled: true } }).isPooled).toBe(true);
});

test.each(['localhost:3000', 'app.example.com', '[::1]:8080', 'a_b', '127.0.0.1'])(
  'readBindOptions() takes %j for a Host line',
  (HostHeader) => {
    expect(read({ HostHeader }).hostHeader).toBe(HostHeader);
  },
);

test.each(['a b', 'a\r\nX: y', 'a:b', 'http://a', 'a/b', '[::1', 'user@a', 'ä', 'x'.repeat(254)])(
  'readBindOptions() refuses %j for a Host line with 301',
  (HostHeader) => {
    expect(refusal(() => read({ HostHeader }))?.code).toBe(301);
  },
);

test('optionsDigest() does not depend on the order of ranges, and differs for other ranges', () => {
  const digest = (IPRestriction: object) => optionsDigest(read({ IPRestriction }));
  expect(digest({ allow_cidrs: ['a', 'b'] })).toBe(digest({ allow_cidrs: ['b', 'a'] }));
  expect(digest({ allow_cidrs: ['a'] })).not.toBe(digest({ deny_cidrs: ['a'] }));
  expect(digest({ allow_cidrs: ['a'] })).not.toBe(digest({}));
});

test('optionsDigest() covers who ends the TLS, and with which key', () => {
  const edge = (key: string) => ({ kind: 'edge', certificate: { cert: 'c', key } }) as const;
  const endings: readonly TlsEnding[] = [
    { kind: 'passthrough' },
    { kind: 'edge', certificate: null },
    edge('a'),
    edge('b'),
  ];
  const digests = [null, ...endings].map((tls) =>
    optionsDigest({ policy: { document: {}, locate: () => undefined }, tls }),
  );
  expect(new Set(digests).size).toBe(5);
});

test.each([
  ['https', 'MutualTLSCA'],
  ['tls', 'MutualTLSAtEdge'],
])('readBindOptions() of %s makes terminate-tls of %s', (Proto, name) => {
  const pem = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----';
  const { policy } = read({ [name]: { mutual_tls_ca: Buffer.from(pem).toString('base64') } }, { Proto });
  const config = { mutual_tls_certificate_authorities: [pem] };
  expect(policy.document).toEqual({ on_tcp_connect: [always({ type: 'terminate-tls', config })] });
});

test('optionsDigest() covers whose certificates are asked for', () => {
  const digest = (mutual_tls_ca: string) => optionsDigest(read({ MutualTLSCA: { mutual_tls_ca } }));
  expect(new Set([digest('QUFB'), digest('QkJC'), digest(''), optionsDigest(read({}))]).size).toBe(4);
});
