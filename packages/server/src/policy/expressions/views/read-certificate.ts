// X.509 certificates (RFC 5280 §4.1) as expressions see them. Read here and not by a library, since the one that is at hand is
// loaded asynchronously and takes fifty times as long; OpenSSL has accepted the bytes before.
import { type DerValue, readAll, readOid, readString, readTime } from './read-der.ts';

export interface CertificateParts {
  readonly issuer: NameParts;
  readonly subject: NameParts;
  /** Hexadecimal, lower case. */
  readonly serialNumber: string;
  readonly signatureAlgorithm: string;
  readonly notBefore: Date | undefined;
  readonly notAfter: Date | undefined;
  readonly extensions: readonly ExtensionParts[];
}

/** Relative distinguished names in their order: each is one or several attributes. */
export type NameParts = readonly (readonly NameAttribute[])[];

export interface NameAttribute {
  readonly oid: string;
  readonly value: string;
}

export interface ExtensionParts {
  readonly id: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** Undefined: not a certificate. */
export function readCertificate(der: Uint8Array): CertificateParts | undefined {
  const [certificate] = readAll(der);
  const [body, algorithm] = readAll(certificate?.content ?? new Uint8Array());
  if (body === undefined || algorithm === undefined) return undefined;
  const fields = readAll(body.content);
  // The version comes first, under a tag of its own, and is left out by version 1.
  if (fields[0]?.tag === 0xa0) fields.shift();
  const [serial, , issuer, validity, subject] = fields;
  if (!serial || !issuer || !validity || !subject) return undefined;
  const [notBefore, notAfter] = readAll(validity.content);
  const extensions = fields.find(({ tag }) => tag === 0xa3);
  return {
    issuer: readName(issuer),
    subject: readName(subject),
    serialNumber: Buffer.from(serial.content)
      .toString('hex')
      .replace(/^(?:00)+(?=.)/, ''),
    signatureAlgorithm: algorithmName(algorithm),
    notBefore: notBefore && readTime(notBefore),
    notAfter: notAfter && readTime(notAfter),
    extensions: extensions ? readExtensions(extensions) : [],
  };
}

function readName(name: DerValue): NameParts {
  return readAll(name.content).map((set) =>
    readAll(set.content).flatMap((attribute) => {
      const [oid, value] = readAll(attribute.content);
      return oid && value ? [{ oid: readOid(oid), value: readString(value) }] : [];
    }),
  );
}

function readExtensions(wrapper: DerValue): ExtensionParts[] {
  const [sequence] = readAll(wrapper.content);
  return readAll(sequence?.content ?? new Uint8Array()).flatMap((extension) => {
    const [oid, ...rest] = readAll(extension.content);
    const value = rest.at(-1);
    if (!oid || !value) return [];
    const critical = rest.length > 1 && rest[0]?.content[0] !== 0;
    return [{ id: readOid(oid), critical, value: new Uint8Array(value.content) }];
  });
}

const algorithms: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.4': 'MD5-RSA',
  '1.2.840.113549.1.1.5': 'SHA1-RSA',
  '1.2.840.113549.1.1.11': 'SHA256-RSA',
  '1.2.840.113549.1.1.12': 'SHA384-RSA',
  '1.2.840.113549.1.1.13': 'SHA512-RSA',
  '1.2.840.113549.1.1.10': 'RSAPSS',
  '1.2.840.10045.4.1': 'ECDSA-SHA1',
  '1.2.840.10045.4.3.2': 'ECDSA-SHA256',
  '1.2.840.10045.4.3.3': 'ECDSA-SHA384',
  '1.2.840.10045.4.3.4': 'ECDSA-SHA512',
  '1.3.101.112': 'Ed25519',
};

const hashes: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'SHA256',
  '2.16.840.1.101.3.4.2.2': 'SHA384',
  '2.16.840.1.101.3.4.2.3': 'SHA512',
};

/** As Go names them; the object identifier of one that has no name. */
function algorithmName(algorithm: DerValue): string {
  const [oid, parameters] = readAll(algorithm.content);
  const id = oid ? readOid(oid) : '';
  const name = algorithms[id] ?? id;
  return name === 'RSAPSS' ? `${pssHash(parameters)}-RSAPSS` : name;
}

/** RFC 4055 §3.1: the hash stands under tag 0, and is SHA-1 when it is left out. */
function pssHash(parameters: DerValue | undefined): string {
  const wrapped = readAll(parameters?.content ?? new Uint8Array()).find(({ tag }) => tag === 0xa0);
  const [sequence] = readAll(wrapped?.content ?? new Uint8Array());
  const [oid] = readAll(sequence?.content ?? new Uint8Array());
  return (oid && hashes[readOid(oid)]) ?? 'SHA1';
}
