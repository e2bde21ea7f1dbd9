import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  type webcrypto,
} from 'node:crypto';
import type * as X509 from '@peculiar/x509';
import { loadX509 } from '../load-x509.ts';

/** A certificate with its key, as people have them in files. */
export interface Made {
  readonly cert: string;
  readonly key: string;
}

export interface Wanted {
  /** RFC 4514. Default: CN=test.example. */
  readonly subject?: string;
  /** Default: itself. */
  readonly issuer?: Made;
  /** Default: a new one on P-256. */
  readonly key?: KeyObject;
  readonly isCa?: boolean;
  readonly extensions?: (x509: typeof X509) => X509.Extension[];
}

export const notBeforeMs = Date.UTC(2026, 0, 1);
export const notAfterMs = Date.UTC(2036, 0, 1);

export function newEcKey(namedCurve = 'P-256'): KeyObject {
  return generateKeyPairSync('ec', { namedCurve }).privateKey;
}

export function newRsaKey(modulusLength: number): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength }).privateKey;
}

export async function makeCertificate(wanted: Wanted = {}): Promise<Made> {
  const x509 = await loadX509();
  const { subject = 'CN=test.example', key = newEcKey(), isCa = false, issuer, extensions } = wanted;
  const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  const signingKey = issuer === undefined ? key : createPrivateKey(issuer.key);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: `01${randomBytes(8).toString('hex')}`,
    subject,
    issuer: issuer === undefined ? subject : new x509.X509Certificate(issuer.cert).subjectName,
    notBefore: new Date(notBeforeMs),
    notAfter: new Date(notAfterMs),
    publicKey: cryptoKey(key, 'public'),
    signingKey: cryptoKey(signingKey, 'private'),
    signingAlgorithm: algorithmOf(signingKey),
    extensions: [new x509.BasicConstraintsExtension(isCa, undefined, true), ...(extensions?.(x509) ?? [])],
  });
  return { cert: `${certificate.toString('pem')}\n`, key: pem };
}

/** A certificate of the first version of X.509, which has no extensions: the library makes none. */
export function makeVersion1(): Made {
  const key = newEcKey();
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const ecdsaWithSha256 = der(0x30, der(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
  const commonName = der(0x30, der(0x06, Buffer.from('550403', 'hex')), der(0x0c, Buffer.from('old.example')));
  const name = der(0x30, der(0x31, commonName));
  const validity = der(0x30, der(0x17, Buffer.from('260101000000Z')), der(0x17, Buffer.from('360101000000Z')));
  const tbs = der(0x30, der(0x02, Buffer.from([0x0a, 0xbc])), ecdsaWithSha256, name, validity, name, spki);
  const signature = der(0x03, Buffer.from([0]), sign('sha256', tbs, key));
  const body = der(0x30, tbs, ecdsaWithSha256, signature).toString('base64');
  const lines = body.match(/.{1,64}/g) ?? [];
  const cert = ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
  return { cert, key: key.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

function algorithmOf(key: KeyObject) {
  const { asymmetricKeyType, asymmetricKeyDetails } = key;
  if (asymmetricKeyType === 'ed25519') return { name: 'Ed25519' };
  if (asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const curves: Record<string, string> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };
  return { name: 'ECDSA', hash: 'SHA-256', namedCurve: curves[asymmetricKeyDetails?.namedCurve ?? ''] ?? '' };
}

function cryptoKey(key: KeyObject, part: 'public' | 'private'): webcrypto.CryptoKey {
  const algorithm = algorithmOf(key);
  if (part === 'private') return key.toCryptoKey(algorithm, true, ['sign']);
  return createPublicKey(key).toCryptoKey(algorithm, true, ['verify']);
}

/** Tag, length, content. */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 0x80 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}
