import { X509Certificate } from 'node:crypto';
import type { TlsFacts } from '@adit/policy-kit';

/** Of one line; a longer one is left out: a part of a name is another name. */
const maxValueBytes = 4_096;
const none: readonly string[] = Object.freeze([]);
const linesByFacts = new WeakMap<TlsFacts, readonly string[]>();

/**
 * Header lines that tell an upstream whose certificate the visitor has shown: name, value, name, value. None unless TLS led it to
 * an authority of the endpoint: whoever may make up a certificate may make up its names.
 */
export function clientIdentityLines(tls: TlsFacts | undefined): readonly string[] {
  if (!tls?.isClientVerified || tls.clientCertificate === null) return none;
  const known = linesByFacts.get(tls) ?? linesOf(new X509Certificate(tls.clientCertificate));
  linesByFacts.set(tls, known);
  return known;
}

function linesOf(certificate: X509Certificate): readonly string[] {
  const names = alternativeNames(certificate.subjectAltName ?? '');
  const values: Readonly<Record<string, string>> = {
    'mtls-subject-cn': headerText(commonName(certificate)),
    'mtls-subject-alt-name-dns': listText(names.get('DNS')),
    'mtls-email-addresses': listText(names.get('email')),
    'mtls-serial-number': certificate.serialNumber.toLowerCase(),
  };
  const told = Object.entries(values).filter(([, value]) => value !== '' && value.length <= maxValueBytes);
  const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
  return [
    // ngrok's names, and our own, which stand beside what only we tell.
    ...told.flatMap(([name, value]) => [`ngrok-${name}`, value]),
    ...told.flatMap(([name, value]) => [`adit-${name}`, value]),
    ...['adit-mtls-fingerprint', fingerprint],
  ];
}

/** Of several the last, which is the most particular one. */
function commonName(certificate: X509Certificate): string {
  const subject: unknown = certificate.toLegacyObject().subject?.CN;
  const name: unknown = Array.isArray(subject) ? subject.at(-1) : subject;
  return typeof name === 'string' ? name : '';
}

/** Node separates names by commas, and writes those as JSON that could be taken for several. */
function alternativeNames(text: string): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const [, kind = '', value = ''] of text.matchAll(/(?:^|, )([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)/g)) {
    const name = value.startsWith('"') ? String(JSON.parse(value)) : value;
    names.set(kind, [...(names.get(kind) ?? []), name]);
  }
  return names;
}

function listText(names: readonly string[] = []): string {
  return names.map((name) => headerText(name).replaceAll(',', '%2C')).join(',');
}

/** Visible ASCII as it is, all else percent-encoded as UTF-8 (RFC 3986 §2.1): no byte of it ends a line or is lost on the way. */
function headerText(text: string): string {
  const whole = text.toWellFormed();
  return whole.replaceAll(/[^ -~]+|%|^ +| +$/g, (part) => encodeURIComponent(part));
}
