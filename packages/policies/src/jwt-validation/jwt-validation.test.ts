import { createHmac, createPublicKey, type JsonWebKey } from 'node:crypto';
import { type DecisionRow, SampleContext, sampleHost, sampleNowMs, testPolicy } from '@adit/policy-kit/testkit';
import { describe, expect, test } from 'vitest';
import { goodClaims, issuerUrl, jku, makeKey, nowSeconds, part, SampleIssuer, sign } from './issuer.testkit.ts';
import { jwtValidation } from './jwt-validation.ts';

const [rsa, ec, ed] = [makeKey('RS256', 'rsa'), makeKey('ES256', 'ec'), makeKey('EdDSA', 'ed')];
/** Others, who call their keys the same. */
const stranger = makeKey('RS256', 'rsa');
const weak = makeKey('RS256', 'weak', 1_024);
const shared = { kty: 'oct', kid: 'shared', k: 'c2VjcmV0', alg: 'HS256' };
const issuer = new SampleIssuer(shared, weak.jwk, rsa.jwk, ec.jwk, { ...ed.jwk, alg: 'EdDSA', use: 'sig' });
const host = { fetch: issuer.fetch };

const bearer = { type: 'jwt', method: 'header', name: 'Authorization', prefix: 'Bearer ' };
const config = {
  issuer: { allow_list: [{ value: issuerUrl }] },
  audience: { allow_list: [{ value: 'us' }] },
  http: { tokens: [bearer] },
  jws: {
    allowed_algorithms: ['RS256', 'ES256', 'EdDSA'],
    keys: { sources: { additional_jkus: [jku] }, identification: { token_claims: ['kid'] } },
  },
};
const ofType = (type: string) => ({ ...config, http: { tokens: [{ ...bearer, type }] } });
const inBody = { ...config, http: { tokens: [{ type: 'jwt', method: 'body', name: 'Token' }] } };
const shown = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const posted = (body: string | Uint8Array, type = 'application/json') => ({
  method: 'POST',
  headers: { 'content-type': type },
  body,
});

const good = sign(rsa);
const [, goodClaimsPart, goodSignature] = good.split('.');
const under = (header: object) => `${part(header)}.${goodClaimsPart}.${goodSignature}`;
/** With a secret that everybody knows. */
const confused = (secret: string | Buffer) => {
  const signed = `${part({ alg: 'HS256', kid: 'rsa' })}.${goodClaimsPart}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
};
const publicKey = createPublicKey({ format: 'jwk', key: rsa.jwk as JsonWebKey });
const kids = ['../../dev/null', "' OR 1=1 --", '__proto__', 'rsa\0', 'RSA', '', ' rsa', 'https://evil.example/'];

const attacks: readonly (readonly [what: string, token: string, expected: string])[] = [
  ['alg none without a signature', `${part({ alg: 'none' })}.${goodClaimsPart}.`, 'malformed'],
  ['alg none', under({ alg: 'none', kid: 'rsa' }), 'algorithm'],
  ['alg NONE', under({ alg: 'NONE', kid: 'rsa' }), 'algorithm'],
  ['a list of algs', under({ alg: ['RS256'], kid: 'rsa' }), 'algorithm'],
  ['no alg', under({ kid: 'rsa' }), 'algorithm'],
  ['an alg that is not allowed here', under({ alg: 'PS256', kid: 'rsa' }), 'algorithm'],
  ['HS256 by the public key as PEM', confused(publicKey.export({ type: 'spki', format: 'pem' })), 'algorithm'],
  ['HS256 by the public key as DER', confused(publicKey.export({ type: 'spki', format: 'der' })), 'algorithm'],
  ['HS256 by the shared key in the set', confused('secret'), 'algorithm'],
  ['HS256 by nothing', confused(''), 'algorithm'],
  ['a shared key under another alg', under({ alg: 'RS256', kid: 'shared' }), 'unknown-key'],
  ['a key of another under that id', sign(stranger), 'bad-signature'],
  ['a key of another under no id', sign(stranger, {}, { kid: undefined }), 'bad-signature'],
  ['a key of another kind', sign(ec, {}, { kid: 'rsa' }), 'unknown-key'],
  ['a key that is too weak', sign(weak), 'unknown-key'],
  [
    'a key that it brings along',
    sign(stranger, {}, { jwk: stranger.jwk, jku: 'https://evil.example/', x5u: 'https://evil.example/', x5c: ['MII'] }),
    'bad-signature',
  ],
  [
    'a good signature under other claims',
    `${part({ alg: 'RS256', kid: 'rsa' })}.${part({ ...goodClaims, sub: 'root' })}.${goodSignature}`,
    'bad-signature',
  ],
  ['a signature of zeros', `${part({ alg: 'ES256', kid: 'ec' })}.${goodClaimsPart}.${'A'.repeat(86)}`, 'bad-signature'],
  ...kids.map((kid) => [`the kid ${JSON.stringify(kid)}`, under({ alg: 'RS256', kid }), 'unknown-key'] as const),
  ['a kid that is no text', under({ alg: 'RS256', kid: ['rsa'] }), 'malformed'],
  ['what must be understood', under({ alg: 'RS256', kid: 'rsa', crit: ['x'], x: 1 }), 'malformed'],
  ['content that is not encoded', under({ alg: 'RS256', kid: 'rsa', crit: ['b64'], b64: false }), 'malformed'],
  ['an encrypted token', 'a.b.c.d.e', 'malformed'],
  ['two tokens in one line', `${good}, Bearer ${good}`, 'malformed'],
  ['more behind a token', `${good} x`, 'malformed'],
  ['padding', `${good}==`, 'malformed'],
  ['a letter that looks alike', good.replace('e', '\u0435'), 'malformed'],
  ['a zero-width space', `${good}\u200B`, 'malformed'],
  ['wide letters', good.replace('.', '\uFF0E'), 'malformed'],
  ['a huge token', sign(rsa, { pad: 'x'.repeat(20_000) }), 'malformed'],
  ['claims that are a list', `${part({ alg: 'RS256', kid: 'rsa' })}.${part([1])}.${goodSignature}`, 'malformed'],
  ['claims that are no JSON', `${part({ alg: 'RS256', kid: 'rsa' })}.AAAA.${goodSignature}`, 'malformed'],
  ['nothing', '', 'malformed'],
  ['an issuer without its slash', sign(rsa, { iss: issuerUrl.slice(0, -1) }), 'wrong-issuer'],
  ['an issuer in other letters', sign(rsa, { iss: issuerUrl.toUpperCase() }), 'wrong-issuer'],
  ['issuers', sign(rsa, { iss: [issuerUrl] }), 'wrong-issuer'],
  ['no issuer', sign(rsa, { iss: undefined }), 'wrong-issuer'],
  ['other audiences', sign(rsa, { aud: ['them', 'us2', ['us']] }), 'wrong-audience'],
  ['no audience', sign(rsa, { aud: undefined }), 'wrong-audience'],
  ['the end of its time', sign(rsa, { exp: nowSeconds - 30 }), 'expired'],
  ['a time to come', sign(rsa, { nbf: nowSeconds + 31 }), 'not-yet-valid'],
  ['no end', sign(rsa, { exp: undefined }), 'missing-claim'],
  ['an end that is a text', sign(rsa, { exp: '9999999999' }), 'missing-claim'],
  ['an end that is nothing', sign(rsa, { exp: null }), 'missing-claim'],
  ['a begin that is a text', sign(rsa, { nbf: '0' }), 'missing-claim'],
  ['another purpose', sign(rsa, {}, { typ: 'logout+jwt' }), 'wrong-type'],
  ['another purpose in a list', sign(rsa, {}, { typ: ['JWT'] }), 'wrong-type'],
];

/** What [type of token] in the rule, [`typ`] and [claims] of the token come to. */
const types: readonly (readonly [type: string, typ: string | undefined, claims: object, expected: string])[] = [
  ['jwt', undefined, {}, 'continue'],
  ['jwt', 'JWT', {}, 'continue'],
  ['jwt', 'at+jwt', {}, 'wrong-type'],
  ['jwt', '', {}, 'wrong-type'],
  ['access_token', 'application/AT+JWT', {}, 'continue'],
  ['access_token', 'it+jwt', {}, 'wrong-type'],
  ['id_token', 'JWT', {}, 'continue'],
  ['id_token', 'at+jwt', {}, 'wrong-type'],
  ['id_token', undefined, { sub: undefined }, 'missing-claim'],
  ['at+jwt', 'at+jwt', { client_id: 'c', jti: 'j' }, 'continue'],
  ['at+jwt', 'at+jwt', { client_id: 'c' }, 'missing-claim'],
  ['at+jwt', undefined, { client_id: 'c', jti: 'j' }, 'wrong-type'],
  ['it+jwt', 'it+jwt', {}, 'continue'],
  ['it+jwt', 'JWT', {}, 'wrong-type'],
  ['plain', 'whatever', {}, 'continue'],
];

const fromBody: readonly (readonly [what: string, request: object, expected: string])[] = [
  ['a field of JSON', posted(JSON.stringify({ token: good })), 'continue'],
  [
    'a field of JSON of another type',
    posted(JSON.stringify({ TOKEN: good }), 'application/x+json; charset=utf-8'),
    'continue',
  ],
  ['a field of a form', posted(`a=b&token=${good}`, 'application/x-www-form-urlencoded'), 'continue'],
  ['a field that is there twice', posted(`{"token":"x","token":"${good}"}`), 'several'],
  ['a field that is there twice, once with escapes', posted(`{"tok\\u0065n":"x","token":"${good}"}`), 'several'],
  [
    'a field that is there in two cases',
    posted(`token=x&Token=${good}`, 'application/x-www-form-urlencoded'),
    'several',
  ],
  ['a field whose name looks alike', posted(JSON.stringify({ to\u212Aen: good })), 'missing'],
  ['a field further in', posted(JSON.stringify({ a: { token: good }, b: ['token', { token: good }] })), 'missing'],
  ['a list of them', posted(JSON.stringify({ token: [good] })), 'malformed'],
  ['what is no object', posted(JSON.stringify([good])), 'missing'],
  ['what is no JSON', posted(`{"token":"${good}"`), 'missing'],
  ['what is no UTF-8', posted(Buffer.from([0xff])), 'missing'],
  ['another type', posted(JSON.stringify({ token: good }), 'text/plain'), 'missing'],
  [
    'compressed content',
    { ...posted('{}'), headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } },
    'missing',
  ],
  ['a GET', { ...posted(JSON.stringify({ token: good })), method: 'GET' }, 'missing'],
];

const row = (title: string, request: DecisionRow['request'], expected: string, more = {}): DecisionRow => ({
  ...{ title, config, host, request, expected },
  ...more,
});

testPolicy(jwtValidation, {
  decisions: [
    ...[rsa, ec, ed].map((key) => row(`takes ${key.alg}`, shown(sign(key)), 'continue')),
    row('tells of what it took', shown(sign(rsa, { aud: ['x', 'us'], roles: ['a'] })), 'continue', {
      check: ({ result }: SampleContext) =>
        expect(result).toMatchObject({
          tokens: [
            {
              header: { alg: 'RS256', kid: 'rsa' },
              payload: { iss: issuerUrl, roles: ['a'] },
              signature: expect.stringMatching(/^[\w-]{342}$/),
              location: 'header',
              location_property: 'Authorization',
              verified: true,
            },
          ],
          error: { code: '', message: '' },
        }),
    }),
    row('takes a token that names no key', shown(sign(rsa, {}, { kid: undefined })), 'continue'),
    row('takes a scheme in another case', { headers: { authorization: `bearer ${good}` } }, 'continue'),
    row(
      'takes an end and a begin within the tolerance',
      shown(sign(rsa, { exp: nowSeconds - 29, nbf: nowSeconds + 30 })),
      'continue',
    ),
    row('takes lists where published descriptions have them, and expressions', shown(good), 'continue', {
      config: {
        ...config,
        issuer: { allow_list: [{ value: 'https://other.example' }, { value: '${i}' }] },
        jws: { allowed_algorithms: ['RS256'], keys: [{ sources: [{ additional_jkus: ['${u}'] }] }] },
      },
      values: { i: issuerUrl, u: jku },
    }),
    row('asks who shows nothing', {}, 'missing', {
      check: ({ result }: SampleContext, decision: object) => {
        expect(decision).toMatchObject({ code: 3406, headers: ['www-authenticate', 'Bearer'] });
        expect(result).toMatchObject({ tokens: [], error: { code: expect.stringMatching(/_3406$/) } });
      },
    }),
    row('refuses two lines', { headers: { authorization: [`Bearer ${good}`, 'Bearer x'] } }, 'several'),
    row('refuses another scheme', { headers: { authorization: `Basic ${good}` } }, 'no-prefix'),
    ...attacks.map(([what, token, expected]) =>
      row(`refuses ${what}`, shown(token), expected, {
        check: (_: SampleContext, decision: object) =>
          expect(decision).toMatchObject({ headers: ['www-authenticate', 'Bearer error="invalid_token"'] }),
      }),
    ),
    ...types.map(([type, typ, claims, expected]) =>
      row(
        `as ${type} answers "${expected}" to typ ${typ} with ${JSON.stringify(Object.keys(claims))}`,
        shown(sign(rsa, claims, { typ })),
        expected,
        {
          config: ofType(type),
        },
      ),
    ),
    ...fromBody.map(([what, request, expected]) =>
      row(`finds "${expected}" in ${what}`, request, expected, { config: inBody }),
    ),
    row(
      'wants every token',
      { headers: { authorization: `Bearer ${good}`, 'x-second': sign(stranger) } },
      'bad-signature',
      {
        config: { ...config, http: { tokens: [bearer, { type: 'jwt', method: 'header', name: 'x-second' }] } },
      },
    ),
    row('refuses while there are no keys', shown(good), 'keys-unavailable', {
      host: { fetch: () => Promise.reject(new Error('down')) },
      check: (_: SampleContext, decision: object) => expect(decision).toMatchObject({ code: 3422, headers: [] }),
    }),
    row('refuses what is no key set', shown(good), 'keys-unavailable', {
      host: { fetch: async () => Response.json([]) },
    }),
    row('refuses a key set that is too large', shown(good), 'keys-unavailable', {
      host: { fetch: async () => new Response(`{"keys":[]}${' '.repeat(300_000)}`) },
    }),
    row('asks nobody for whoever only asks', shown(good), 'keys-unavailable', { isDry: true }),
  ],
  refusals: [
    ...['none', 'HS256', 'ES256K', 'RS1'].map((alg) => ({
      title: `refuses to allow ${alg}`,
      config: { ...config, jws: { ...config.jws, allowed_algorithms: ['RS256', alg] } },
      code: 9600 as const,
      names: 'public key',
    })),
    {
      title: 'refuses to trust nobody',
      config: { ...config, issuer: { allow_list: [] } },
      code: 9600,
      names: 'issuer',
    },
    ...[
      { sorces: [] },
      [{ sorces: [] }],
      { sources: { additional_jkus: [jku], sorces: 1 } },
      [{ sources: [{ additional_jkus: [jku], sorces: 1 }] }],
    ].map((keys) => ({
      title: `finds the mistake in ${JSON.stringify(keys)}`,
      config: { ...config, jws: { ...config.jws, keys } },
      code: 9600 as const,
      names: 'sorces',
    })),
    {
      title: 'refuses query strings',
      config: { ...config, http: { tokens: [{ ...bearer, method: 'query' }] } },
      code: 9600,
      names: 'method',
    },
    {
      title: 'refuses a header that is none',
      config: { ...config, http: { tokens: [{ ...bearer, name: 'a b' }] } },
      code: 9600,
      names: 'a b',
    },
    ...['http://idp.example/', 'idp.example', 'https://a:b@idp.example/', 'file:///etc/passwd'].map((url) => ({
      title: `refuses keys from ${url}`,
      config: { ...config, jws: { ...config.jws, keys: { sources: { additional_jkus: [url] } } } },
      code: 9600 as const,
      names: url,
    })),
  ],
});

test('jwt-validation never asks an address that a token names', () => {
  expect(new Set(issuer.asked)).toEqual(new Set([jku]));
});

describe('jwt-validation, for a stream that is open', () => {
  /** Admitted by one configuration, asked again by another. */
  async function recheck({ by = config, nowMs = sampleNowMs, token = good, request = shown(token) }) {
    const admitting = await jwtValidation.prepare(jwtValidation.schema.parse(config), sampleHost({}, host));
    const context = new SampleContext({ request: shown(good) });
    expect(await admitting.request?.(context)).toEqual({ outcome: 'continue' });
    const asking = await jwtValidation.prepare(jwtValidation.schema.parse(by), sampleHost({}, host));
    return asking.recheck?.(context.next({ request, nowMs, isDry: true }));
  }

  test('goes on with a token that is still good, by other rules with the same keys too', async () => {
    expect(await recheck({})).toEqual({ outcome: 'continue' });
    expect(await recheck({ by: { ...config, clock_tolerance_seconds: 0 } as typeof config })).toEqual({
      outcome: 'continue',
    });
  });

  test('is known by what its token says, to the rules behind it', async () => {
    const policy = await jwtValidation.prepare(jwtValidation.schema.parse(config), sampleHost({}, host));
    const admitted = new SampleContext({ request: shown(good) });
    await policy.request?.(admitted);
    const asked = admitted.next({ request: shown(good), isDry: true });
    policy.recheck?.(asked);
    expect(asked.result).not.toBe(null);
    expect(asked.result).toEqual(admitted.result);
  });

  test.each<[string, Parameters<typeof recheck>[0], string]>([
    ['has expired', { nowMs: sampleNowMs + 90_000 }, 'expired'],
    [
      'is of an issuer that is not allowed any more',
      { by: { ...config, issuer: { allow_list: [{ value: 'x' }] } } },
      'wrong-issuer',
    ],
    ['is for others now', { by: { ...config, audience: { allow_list: [{ value: 'x' }] } } }, 'wrong-audience'],
    [
      'is signed in a way that is not allowed any more',
      { by: { ...config, jws: { ...config.jws, allowed_algorithms: ['ES256'] } } },
      'algorithm',
    ],
    ['is of another type than wanted now', { by: ofType('at+jwt') }, 'wrong-type'],
    [
      'was verified by the keys of another',
      {
        by: {
          ...config,
          jws: { ...config.jws, keys: { sources: { additional_jkus: ['https://idp.example/2'] } } as never },
        },
      },
      'keys-unavailable',
    ],
    ['nobody has verified', { token: sign(rsa, { jti: 'other' }) }, 'keys-unavailable'],
    [
      'was in the content',
      { by: inBody as never, request: posted(JSON.stringify({ token: good })) as never },
      'keys-unavailable',
    ],
    ['is not there', { request: { headers: {} } as never }, 'missing'],
  ])('ends when its token %s', async (_, options, reason) => {
    expect(await recheck(options)).toMatchObject({ outcome: 'deny', reason: `jwt-validation/${reason}` });
  });
});

test('jwt-validation refuses when an expression stands for nothing [invariant: fail-closed]', async () => {
  const written = { ...config, issuer: { allow_list: [{ value: '${i}' }] } };
  const policy = await jwtValidation.prepare(jwtValidation.schema.parse(written), sampleHost({ i: '' }, host));
  const context = new SampleContext({ request: shown(sign(rsa, { iss: '' })) });
  await expect(policy.request?.(context)).rejects.toThrow(TypeError);
});
