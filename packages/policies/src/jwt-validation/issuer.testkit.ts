import { generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto';
import { sampleNowMs } from '@adit/policy-kit/testkit';

export const nowSeconds = sampleNowMs / 1000;
export const issuerUrl = 'https://idp.example/';
export const jku = 'https://idp.example/jwks.json';

export interface SampleKey {
  readonly alg: string;
  readonly privateKey: KeyObject;
  /** The public part, with `kid`. */
  readonly jwk: Readonly<Record<string, unknown>>;
}

const makers = {
  RS256: (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
};

export function makeKey(alg: keyof typeof makers, kid: string, bits = 2_048): SampleKey {
  const { privateKey, publicKey } = makers[alg](bits);
  return { alg, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid } };
}

/** A part of a token. */
export function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

export const goodClaims = { iss: issuerUrl, aud: 'us', sub: 'ann', exp: nowSeconds + 60, iat: nowSeconds };

/** A token, made without the library that reads it; what is undefined in claims or header is left out. */
export function sign({ alg, privateKey, jwk }: SampleKey, claims: object = {}, header: object = {}): string {
  const signed = `${part({ alg, kid: jwk['kid'], ...header })}.${part({ ...goodClaims, ...claims })}`;
  const digest = alg === 'EdDSA' ? null : 'sha256';
  const signature = signBytes(digest, Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

/** Where keys come from: says what is to be said, and notes who asks. */
export class SampleIssuer {
  keys: readonly unknown[];
  isDown = false;
  /** An address that never answers. */
  hangs: string | null = null;
  readonly asked: string[] = [];

  constructor(...keys: readonly unknown[]) {
    this.keys = keys;
  }

  readonly fetch: typeof fetch = async (input) => {
    this.asked.push(String(input));
    if (String(input) === this.hangs) return await new Promise(() => {});
    if (this.isDown) throw new TypeError('It is down');
    return Response.json({ keys: this.keys });
  };
}
