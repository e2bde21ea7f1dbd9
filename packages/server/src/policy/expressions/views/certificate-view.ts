import { formatIpAddress } from '../../../domain/ip-address.ts';
import { Kept } from './kept.ts';
import {
  type CertificateParts,
  type ExtensionParts,
  type NameAttribute,
  type NameParts,
  readCertificate,
} from './read-certificate.ts';
import { type DerValue, readAll } from './read-der.ts';

const unreadable: CertificateParts = {
  issuer: [],
  subject: [],
  serialNumber: '',
  signatureAlgorithm: '',
  notBefore: undefined,
  notAfter: undefined,
  extensions: [],
};

/** `certificate`: the one that a visitor showed. Taken apart at the first look. */
export class CertificateView {
  readonly is_verified: boolean;
  readonly #der: Uint8Array;
  readonly #kept = new Kept();

  constructor(der: Uint8Array, isVerified: boolean) {
    this.#der = der;
    this.is_verified = isVerified;
  }

  get extensions(): ExtensionView[] {
    return this.#kept.get('extensions', () => this.#parts.extensions.map((extension) => new ExtensionView(extension)));
  }

  get issuer(): NameView {
    return this.#kept.get('issuer', () => new NameView(this.#parts.issuer));
  }

  get $issuer(): string {
    return this.issuer.text;
  }

  get subject(): NameView {
    return this.#kept.get('subject', () => new NameView(this.#parts.subject));
  }

  get $subject(): string {
    return this.subject.text;
  }

  get san(): AlternativeNamesView {
    const isSan = ({ id }: ExtensionParts) => id === '2.5.29.17';
    return this.#kept.get('san', () => new AlternativeNamesView(this.#parts.extensions.find(isSan)));
  }

  get $san(): string {
    return this.san.text;
  }

  get serial_number(): string {
    return this.#parts.serialNumber;
  }

  get signature_algorithm(): string {
    return this.#parts.signatureAlgorithm;
  }

  get validity(): ValidityView {
    return new ValidityView(this.#parts);
  }

  get pem(): string {
    return this.#kept.get('pem', () => toPem(this.#der));
  }

  get #parts(): CertificateParts {
    return this.#kept.get('parts', () => readCertificate(this.#der) ?? unreadable);
  }
}

function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

/** `extension`. */
export class ExtensionView {
  readonly id: string;
  readonly critical: boolean;
  readonly value: Uint8Array;

  constructor({ id, critical, value }: ExtensionParts) {
    this.id = id;
    this.critical = critical;
    this.value = value;
  }
}

/** `validity`. */
export class ValidityView {
  readonly not_before: Date | undefined;
  readonly not_after: Date | undefined;

  constructor({ notBefore, notAfter }: CertificateParts) {
    this.not_before = notBefore;
    this.not_after = notAfter;
  }
}

/** RFC 4514 §3, and those that CAs use besides. Others are written with their object identifier. */
const shortNames: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'SERIALNUMBER',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.17': 'POSTALCODE',
};

/** `name`: who a certificate is about, or who issued it. */
export class NameView {
  readonly #parts: NameParts;
  readonly #kept = new Kept();

  constructor(parts: NameParts) {
    this.#parts = parts;
  }

  get common_name(): string {
    return this.#all('CN').at(-1) ?? '';
  }

  get country(): string[] {
    return this.#all('C');
  }

  get locality(): string[] {
    return this.#all('L');
  }

  get organization(): string[] {
    return this.#all('O');
  }

  get organizational_unit(): string[] {
    return this.#all('OU');
  }

  get postal_code(): string[] {
    return this.#all('POSTALCODE');
  }

  get province(): string[] {
    return this.#all('ST');
  }

  get street_address(): string[] {
    return this.#all('STREET');
  }

  /** As RFC 2253 writes them, the last part first; not a field, but what `subject` itself is. */
  get text(): string {
    return this.#kept.get('text', () =>
      this.#parts
        .map((set) => set.map(writeAttribute).join('+'))
        .reverse()
        .join(','),
    );
  }

  #all(name: string): string[] {
    return this.#kept.get(name, () =>
      this.#parts.flat().flatMap(({ oid, value }) => (shortNames[oid] === name ? [value] : [])),
    );
  }
}

function writeAttribute({ oid, value }: NameAttribute): string {
  const escaped = value.replace(/[,+"\\<>;]|^[ #]| $/g, (char) => `\\${char}`);
  return `${shortNames[oid] ?? oid}=${escaped}`;
}

/** RFC 5280 §4.2.1.6, by tag. */
const kinds = { 0x81: 'email', 0x82: 'DNS', 0x86: 'URI', 0x87: 'IP Address' } as const;
type Kind = (typeof kinds)[keyof typeof kinds];

/** `alternative_names`: all names that a certificate is for. */
export class AlternativeNamesView {
  readonly #names: readonly (readonly [kind: Kind, name: string])[];
  readonly #kept = new Kept();

  constructor(extension: ExtensionParts | undefined) {
    const [sequence] = readAll(extension?.value ?? new Uint8Array());
    this.#names = readAll(sequence?.content ?? new Uint8Array()).flatMap((name) => {
      const kind = kinds[name.tag as keyof typeof kinds] as Kind | undefined;
      return kind === undefined ? [] : [[kind, writeName(kind, name)] as const];
    });
  }

  get dns_names(): string[] {
    return this.#all('DNS');
  }

  get email_addresses(): string[] {
    return this.#all('email');
  }

  get ip_addresses(): string[] {
    return this.#all('IP Address');
  }

  get uris(): string[] {
    return this.#all('URI');
  }

  /**
   * `DNS:a.example.com, IP Address:192.0.2.1`, names with a comma in quotes; not a field, but what `san` itself is.
   */
  get text(): string {
    return this.#kept.get('text', () => this.#names.map(writeNamed).join(', '));
  }

  #all(wanted: Kind): string[] {
    return this.#kept.get(wanted, () => this.#names.flatMap(([kind, name]) => (kind === wanted ? [name] : [])));
  }
}

function writeNamed([kind, name]: readonly [Kind, string]): string {
  return `${kind}:${/[",\\]/.test(name) ? JSON.stringify(name) : name}`;
}

function writeName(kind: Kind, { content }: DerValue): string {
  if (kind !== 'IP Address') return Buffer.from(content).toString('latin1');
  const value = content.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return formatIpAddress({ family: content.length === 4 ? 4 : 6, value });
}
