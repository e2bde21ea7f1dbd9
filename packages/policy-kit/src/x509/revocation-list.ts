import type { X509Certificate } from 'node:crypto';
import { bitsOf, childrenOf, type DerValue, readDer, readExtensions, readTime } from './der.ts';
import { isSignedBy } from './signature-algorithm.ts';

/** A revocation list (RFC 5280 §5), read. */
export interface RevocationList {
  readonly thisUpdateMs: number;
  /** Null: it does not say; then nobody knows whether it still holds. */
  readonly nextUpdateMs: number | null;
  /** As `X509Certificate.serialNumber`. */
  readonly serials: ReadonlySet<string>;
  /** False: it is about some certificates only, or says something that is not understood here. */
  readonly isPlain: boolean;
  isBy(authority: X509Certificate): boolean;
}

/** @throws {RangeError} It cannot be read. */
export function readRevocationList(bytes: Buffer): RevocationList {
  const [body, algorithm, signature] = childrenOf(readDer(bytes));
  if (!body || !algorithm || !signature) throw new RangeError('Cannot read the revocation list: parts are missing');
  // The version, if it is there, then the algorithm once more and the issuer.
  const fields = childrenOf(body);
  const [issuer, thisUpdate, ...rest] = fields.slice(fields[0]?.tag === 0x02 ? 2 : 1);
  if (!issuer || !thisUpdate) throw new RangeError('Cannot read the revocation list: parts are missing');
  const nextUpdate = isTime(rest[0]) ? rest.shift() : undefined;
  const entries = rest[0]?.tag === 0x30 ? childrenOf(rest[0]) : [];
  const extensions = readExtensions(rest.find(({ tag }) => tag === 0xa0));
  const signed = { body: body.whole, algorithm, signature: bitsOf(signature) };
  return {
    thisUpdateMs: readTime(thisUpdate),
    nextUpdateMs: nextUpdate ? readTime(nextUpdate) : null,
    serials: new Set(entries.map((entry) => serialOf(childrenOf(entry)[0]))),
    isPlain: !extensions.some(({ isCritical }) => isCritical),
    isBy: (authority) => isSubject(authority, issuer) && isSignedBy(signed, authority.publicKey),
  };
}

function isTime(value: DerValue | undefined): value is DerValue {
  return value?.tag === 0x17 || value?.tag === 0x18;
}

/** An INTEGER as Node writes it: hexadecimal capitals, without what only keeps it positive. */
function serialOf(value: DerValue | undefined): string {
  if (value?.tag !== 0x02) throw new RangeError('Cannot read the revocation list: an entry has no serial number');
  return normalSerial(value.content.toString('hex'));
}

export function normalSerial(hex: string): string {
  const digits = hex.replace(/^0+/, '').toUpperCase();
  return digits.length % 2 === 0 ? digits : `0${digits}`;
}

/** Byte for byte: whoever signs both writes his name alike. */
function isSubject(authority: X509Certificate, issuer: DerValue): boolean {
  const [body] = childrenOf(readDer(authority.raw));
  const fields = body ? childrenOf(body) : [];
  // Version, serial number, algorithm, issuer, validity, subject (RFC 5280 §4.1).
  const subject = fields[fields[0]?.tag === 0xa0 ? 5 : 4];
  return subject?.whole.equals(issuer.whole) ?? false;
}
