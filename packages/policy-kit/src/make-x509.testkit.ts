// Certificates and revocation lists byte by byte (RFC 5280 §4, §5), right ones and such as no library would make.
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A certificate with its key. */
export interface Made {
  readonly cert: string;
  readonly key: string;
}

export interface Wanted {
  /** Common name. Default: `client`. */
  readonly subject?: string;
  /** Default: itself. */
  readonly issuer?: Made & { readonly subject: string };
  readonly notBeforeMs?: number;
  readonly notAfterMs?: number;
  /** Default: the third, with these extensions. The first has none. */
  readonly extensions?: readonly Buffer[] | 'version 1';
  /** Default: a new one on P-256. */
  readonly key?: KeyObject;
  /** Default: SHA-256. */
  readonly hash?: 'sha1' | 'sha256';
  /** Hexadecimal. Default: a random one. */
  readonly serial?: string;
}

const dayMs = 86_400_000;
const oids = {
  commonName: '2.5.4.3',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  usage: '2.5.29.37',
} as const;
const signatureOids = {
  ec: { sha1: '1.2.840.10045.4.1', sha256: '1.2.840.10045.4.3.2' },
  rsa: { sha1: '1.2.840.113549.1.1.5', sha256: '1.2.840.113549.1.1.11' },
} as const;
const usages = { clientAuth: '1.3.6.1.5.5.7.3.2', serverAuth: '1.3.6.1.5.5.7.3.1' } as const;
/** The first octet of the bit string, and how many bits of it are unused. */
const keyUsages = { certSign: [1, 0x06], digitalSignature: [7, 0x80], keyEncipherment: [5, 0x20] } as const;

export const rsaKey = (modulusLength: number): KeyObject => generateKeyPairSync('rsa', { modulusLength }).privateKey;

/** A certificate, by default good from yesterday to tomorrow. */
export function makeX509(wanted: Wanted = {}): Made & { readonly subject: string } {
  const { subject = 'client', issuer, extensions = [], hash = 'sha256', serial = randomSerial() } = wanted;
  const key = wanted.key ?? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const signer = issuer ? issuer.key : key;
  const { notBeforeMs = Date.now() - dayMs, notAfterMs = Date.now() + dayMs } = wanted;
  const isFirst = extensions === 'version 1';
  const parts = [
    ...(isFirst ? [] : [der(0xa0, integer('02'))]),
    ...[integer(serial), algorithm(signer, hash), name(issuer?.subject ?? subject)],
    ...[der(0x30, time(notBeforeMs), time(notAfterMs)), name(subject)],
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    ...(isFirst || extensions.length === 0 ? [] : [der(0xa3, der(0x30, ...extensions))]),
  ];
  const cert = pem('CERTIFICATE', signed(der(0x30, ...parts), signer, hash));
  return { cert, key: key.export({ type: 'pkcs8', format: 'pem' }).toString(), subject };
}

export interface WantedList {
  readonly issuer: Made & { readonly subject: string };
  /** Hexadecimal serial numbers. */
  readonly revoked: readonly string[];
  readonly thisUpdateMs?: number;
  /** Null: it does not say. */
  readonly nextUpdateMs?: number | null;
  readonly extensions?: readonly Buffer[];
}

/** A revocation list, by default good from yesterday to tomorrow. */
export function makeRevocationList({ issuer, revoked, extensions = [], ...times }: WantedList): string {
  const { thisUpdateMs = Date.now() - dayMs, nextUpdateMs = Date.now() + dayMs } = times;
  const entries = revoked.map((serial) => der(0x30, integer(serial), time(thisUpdateMs)));
  const list = der(
    0x30,
    ...[integer('01'), algorithm(issuer.key, 'sha256'), name(issuer.subject), time(thisUpdateMs)],
    ...(nextUpdateMs === null ? [] : [time(nextUpdateMs)]),
    ...(entries.length > 0 ? [der(0x30, ...entries)] : []),
    ...(extensions.length > 0 ? [der(0xa0, der(0x30, ...extensions))] : []),
  );
  return pem('X509 CRL', signed(list, issuer.key, 'sha256'));
}

/** @param pathLength How many authorities there may be below it. */
export function basicConstraints(isCa: boolean, pathLength?: number): Buffer {
  const parts = isCa ? [der(0x01, Buffer.from([0xff]))] : [];
  if (pathLength !== undefined) parts.push(integer(pathLength.toString(16).padStart(2, '0')));
  return extension(oids.basicConstraints, true, der(0x30, ...parts));
}

export function keyUsage(usage: keyof typeof keyUsages): Buffer {
  return extension(oids.keyUsage, true, der(0x03, Buffer.from(keyUsages[usage])));
}

export function extendedKeyUsage(usage: keyof typeof usages): Buffer {
  return extension(oids.usage, false, der(0x30, oid(usages[usage])));
}

/** Names of the subject: `dns:…` and `email:…`. */
export function alternativeNames(...names: readonly string[]): Buffer {
  return extension('2.5.29.17', false, der(0x30, ...names.map(generalName)));
}

/** Only names of these domains, for whoever is below. */
export function nameConstraints(...domains: readonly string[]): Buffer {
  const permitted = domains.map((domain) => der(0x30, generalName(`dns:${domain}`)));
  return extension('2.5.29.30', true, der(0x30, der(0xa0, ...permitted)));
}

/** Of a kind that nobody knows. */
export function unknownExtension(isCritical: boolean): Buffer {
  return extension('1.3.6.1.4.1.99999.1', isCritical, der(0x04, Buffer.from('?')));
}

function extension(id: string, isCritical: boolean, value: Buffer): Buffer {
  return der(0x30, oid(id), ...(isCritical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value));
}

function generalName(text: string): Buffer {
  const [kind, value = ''] = text.split(/:(.*)/s);
  return der(kind === 'email' ? 0x81 : 0x82, Buffer.from(value, 'latin1'));
}

function signed(body: Buffer, key: string | KeyObject, hash: 'sha1' | 'sha256'): Buffer {
  const signature = sign(hash, body, key);
  return der(0x30, body, algorithm(key, hash), der(0x03, Buffer.from([0]), signature));
}

function algorithm(key: string | KeyObject, hash: 'sha1' | 'sha256'): Buffer {
  const type = createPublicKey(key).asymmetricKeyType === 'rsa' ? 'rsa' : 'ec';
  return der(0x30, oid(signatureOids[type][hash]), ...(type === 'rsa' ? [der(0x05)] : []));
}

function name(commonName: string): Buffer {
  return der(0x30, der(0x31, der(0x30, oid(oids.commonName), der(0x0c, Buffer.from(commonName)))));
}

function time(ms: number): Buffer {
  return der(0x17, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replaceAll(/[-:T]/g, '')}Z`));
}

function integer(hex: string): Buffer {
  return der(0x02, Buffer.from(hex, 'hex'));
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

function randomSerial(): string {
  return `01${randomBytes(8).toString('hex')}`;
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** Tag, length, content. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
