import { hash } from 'node:crypto';
import type { ClientHelloFacts } from '@adit/policy-kit';

/** What a JA4 fingerprint is made of. Lists of codes are texts, two characters for each: the smallest form to keep. */
export interface HelloParts {
  /** The highest version that the client offers. */
  readonly version: number;
  readonly hasServerName: boolean;
  /** Undefined: it offers none. */
  readonly firstProtocol: string | undefined;
  readonly cipherSuites: string;
  readonly extensions: string;
  readonly signatureAlgorithms: string;
}

/** In each list. No program has as many; a stranger could, and all of it would be kept. */
const maxCodes = 256;

const versionNames: ReadonlyMap<number, string> = new Map([
  [0x0304, '13'],
  [0x0303, '12'],
  [0x0302, '11'],
  [0x0301, '10'],
  [0x0300, 's3'],
]);
const [serverNameCode, alpnCode] = ['0000', '0010'];
const emptyDigest = '0'.repeat(12);

/** Worked out when it is first asked for: until then a connection keeps some 350 bytes, and most are never asked. */
export class HelloFingerprint implements ClientHelloFacts {
  #parts: HelloParts | undefined;
  #ja4 = '';

  constructor(parts: HelloParts) {
    const lists = [parts.cipherSuites, parts.extensions, parts.signatureAlgorithms];
    if (lists.every(({ length }) => length <= 2 * maxCodes)) this.#parts = parts;
  }

  get ja4(): string {
    if (this.#parts) this.#ja4 = ja4Of(this.#parts);
    this.#parts = undefined;
    return this.#ja4;
  }
}

/** JA4 of a TLS client, as FoxIO publishes it: <https://github.com/FoxIO-LLC/ja4/blob/main/technical_details/JA4.md>. */
function ja4Of(parts: HelloParts): string {
  const ciphers = codesOf(parts.cipherSuites);
  const extensions = codesOf(parts.extensions);
  const algorithms = codesOf(parts.signatureAlgorithms);
  const hashed = extensions.filter((code) => code !== serverNameCode && code !== alpnCode).sort();
  return [
    `t${versionNames.get(parts.version) ?? '00'}${parts.hasServerName ? 'd' : 'i'}`,
    `${countOf(ciphers)}${countOf(extensions)}${endsOf(parts.firstProtocol)}`,
    `_${digestOf(ciphers.sort())}`,
    `_${hashed.length === 0 ? emptyDigest : digestOf(hashed, algorithms)}`,
  ].join('');
}

/** Four hexadecimal digits each, in lower case. Those of GREASE (RFC 8701), which clients invent anew each time, do not count. */
function codesOf(text: string): string[] {
  const codes = Buffer.from(text, 'latin1').toString('hex').match(/.{4}/g) ?? [];
  return codes.filter((code) => !/^(.a)\1$/.test(code));
}

function countOf(codes: readonly string[]): string {
  return String(Math.min(codes.length, 99)).padStart(2, '0');
}

/** The first and last character; of what is not written with letters and digits, those of its bytes in hexadecimal. */
function endsOf(protocol: string | undefined): string {
  if (protocol === undefined) return '00';
  const isPlain = /^[0-9A-Za-z](?:.*[0-9A-Za-z])?$/s.test(protocol);
  const shown = isPlain ? protocol : Buffer.from(protocol, 'latin1').toString('hex');
  return `${shown.at(0)}${shown.at(-1)}`;
}

function digestOf(...lists: string[][]): string {
  const text = lists.filter(({ length }) => length > 0).map((codes) => codes.join(','));
  return text.length === 0 ? emptyDigest : hash('sha256', text.join('_')).slice(0, 12);
}
