import { createHash, createPrivateKey, type KeyObject, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import type * as X509 from '@peculiar/x509';
import type { CertificatePem } from '../domain/certificates.ts';
import { loadX509 } from './load-x509.ts';
import { encodeNameConstraints, nameConstraintsOid } from './name-constraints.ts';

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' };
const signingAlgorithm = { ...keyAlgorithm, hash: 'SHA-256' };
/** RFC 8737 §3. */
const acmeIdentifierOid = '1.3.6.1.5.5.7.1.31';
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Certificates start an hour early, so that clients whose clock is a little behind accept them. */
const backdateMs = hourMs;
const authorityLifeMs = 3_652 * dayMs;
const leafLifeMs = 90 * dayMs;

/** What leaves are signed with. */
export interface SigningAuthority {
  readonly cert: string;
  readonly key: KeyObject;
  /** End of validity, milliseconds since 1970. No leaf outlives it. */
  readonly notAfterMs: number;
}

/**
 * Makes a CA certificate for ten years that can sign for `domains` and loopback addresses only: clients that trust it
 * trust it for nothing else. Its subject is random, so that the CAs of several servers do not clash in a trust store.
 */
export async function makeAuthority(domains: readonly string[], nowMs: number): Promise<CertificatePem> {
  const x509 = await loadX509();
  const keys = await makeKeys();
  const { KeyUsageFlags } = x509;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: makeSerialNumber(),
    name: `CN=Adit development CA ${randomBytes(4).toString('hex')}, O=Adit`,
    ...validity(nowMs, nowMs + authorityLifeMs),
    signingAlgorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.Extension(nameConstraintsOid, true, encodeNameConstraints(domains)),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return toPem(certificate, keys.privateKey);
}

/** Makes a server certificate for exactly these names and addresses, valid for 90 days at most. */
export async function makeLeaf(
  authority: SigningAuthority,
  { names, nowMs }: { names: readonly [string, ...string[]]; nowMs: number },
): Promise<CertificatePem> {
  const x509 = await loadX509();
  const keys = await makeKeys();
  const issuer = new x509.X509Certificate(authority.cert);
  const extensions: X509.Extension[] = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }))),
    await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
  ];
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: makeSerialNumber(),
    subject: subjectOf(names[0]),
    issuer: issuer.subjectName,
    ...validity(nowMs, Math.min(nowMs + leafLifeMs, authority.notAfterMs)),
    signingAlgorithm,
    publicKey: keys.publicKey,
    signingKey: authority.key.toCryptoKey(keyAlgorithm, false, ['sign']),
    extensions,
  });
  return toPem(certificate, keys.privateKey);
}

/**
 * The certificate that proves a name to an authority, and is good for nothing else (RFC 8737 §3): of itself, for this one name,
 * with the digest of what the authority asked for.
 */
export async function makeChallengeCertificate(
  host: string,
  { keyAuthorization, nowMs }: { keyAuthorization: string; nowMs: number },
): Promise<CertificatePem> {
  const x509 = await loadX509();
  const keys = await makeKeys();
  // An OCTET STRING of 32 bytes.
  const digest = Buffer.concat([Buffer.from([0x04, 0x20]), createHash('sha256').update(keyAuthorization).digest()]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: makeSerialNumber(),
    name: subjectOf(host),
    ...validity(nowMs, nowMs + dayMs),
    signingAlgorithm,
    keys,
    extensions: [
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }]),
      new x509.Extension(acmeIdentifierOid, true, digest),
    ],
  });
  return toPem(certificate, keys.privateKey);
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
}

/** 16 random bytes as hexadecimal; the first is neither zero nor negative (RFC 5280 §4.1.2.2). */
function makeSerialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

/** For people who look at the certificate; clients go by subjectAltName. A common name takes 64 characters at most. */
function subjectOf(name: string): string {
  return `CN=${name.length <= 64 ? name : 'Adit'}`;
}

function validity(nowMs: number, endMs: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: wholeSecond(nowMs - backdateMs), notAfter: wholeSecond(endMs) };
}

function wholeSecond(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}

async function toPem(certificate: X509.X509Certificate, key: webcrypto.CryptoKey): Promise<CertificatePem> {
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return {
    cert: `${certificate.toString('pem')}\n`,
    key: createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
      .export({ format: 'pem', type: 'pkcs8' })
      .toString(),
  };
}
