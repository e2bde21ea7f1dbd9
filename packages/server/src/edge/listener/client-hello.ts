// edge/listener: accepting sockets, reading the ClientHello, ending TLS. What is spoken inside is the business of
// edge/http and links/agent; which certificate is served is decided in tls/, behind domain/certificates.ts.
import { ByteCursor, MalformedBytes } from './byte-cursor.ts';
import { HelloFingerprint } from './hello-fingerprint.ts';
import { parseServerName } from './server-name.ts';

/** What a client wants, known before a single byte is answered. */
export interface ClientHello {
  /** Lower case, without trailing dot; null when the client names nobody or an address. */
  readonly serverName: string | null;
  /** In the client's order of preference; empty when it offers none. */
  readonly alpnProtocols: readonly string[];
}

/** And what it tells of the client besides. */
export interface WholeHello extends ClientHello {
  readonly fingerprint: HelloFingerprint;
}

const serverNameExtension = 0;
const signatureAlgorithmsExtension = 13;
const alpnExtension = 16;
const supportedVersionsExtension = 43;
const hostNameType = 0;

/**
 * Parses the body of a ClientHello message (RFC 8446 §4.1.2 and RFC 5246 §7.4.1.2). Undefined when it is malformed:
 * every length must fit exactly, no extension may come twice, a server_name holds one valid host name (RFC 6066 §3).
 */
export function parseClientHello(body: Uint8Array): WholeHello | undefined {
  try {
    return readClientHello(new ByteCursor(body));
  } catch (error) {
    if (error instanceof MalformedBytes) return undefined;
    throw error;
  }
}

function readClientHello(cursor: ByteCursor): WholeHello {
  const version = cursor.uint(2);
  if (version >> 8 !== 3) throw new MalformedBytes();
  cursor.skip(32); // random
  cursor.vector(1, { min: 0, max: 32 }); // legacy_session_id
  const cipherSuites = cursor.vector(2, { min: 2 }).text();
  if (cipherSuites.length % 2 !== 0) throw new MalformedBytes();
  cursor.vector(1, { min: 1 }); // compression_methods
  // TLS 1.2 clients may leave the whole block out.
  const extensions = cursor.isAtEnd ? new Map<number, ByteCursor>() : readExtensions(cursor.vector(2));
  cursor.expectEnd();
  const serverName = extensions.get(serverNameExtension);
  const alpn = extensions.get(alpnExtension);
  const alpnProtocols = alpn === undefined ? [] : readAlpnProtocols(alpn);
  const versions = extensions.get(supportedVersionsExtension);
  return {
    serverName: serverName === undefined ? null : readServerName(serverName),
    alpnProtocols,
    fingerprint: new HelloFingerprint({
      version: versions ? highestOf(readCodes(versions, 1)) : version,
      hasServerName: serverName !== undefined,
      firstProtocol: alpnProtocols[0],
      cipherSuites,
      extensions: [...extensions.keys()].map((type) => String.fromCharCode(type >> 8, type & 0xff)).join(''),
      signatureAlgorithms: readCodes(extensions.get(signatureAlgorithmsExtension), 2),
    }),
  };
}

/** A list of codes of two bytes each, as a text of bytes. Empty when it is malformed: whoever ends the TLS refuses it. */
function readCodes(extension: ByteCursor | undefined, lengthSize: 1 | 2): string {
  const bytes = extension?.text() ?? '';
  const length = lengthSize === 1 ? bytes.charCodeAt(0) : bytes.charCodeAt(0) * 256 + bytes.charCodeAt(1);
  const isWhole = length === bytes.length - lengthSize && length % 2 === 0;
  return isWhole ? bytes.slice(lengthSize) : '';
}

/** 0: there is none but of GREASE (RFC 8701). */
function highestOf(codes: string): number {
  const bytes = Buffer.from(codes, 'latin1');
  let highest = 0;
  for (let offset = 0; offset < bytes.length; offset += 2) {
    const code = bytes.readUInt16BE(offset);
    const isGrease = code >> 8 === (code & 0xff) && (code & 0x0f) === 0x0a;
    if (!isGrease) highest = Math.max(highest, code);
  }
  return highest;
}

function readExtensions(cursor: ByteCursor): Map<number, ByteCursor> {
  const extensions = new Map<number, ByteCursor>();
  while (!cursor.isAtEnd) {
    const type = cursor.uint(2);
    if (extensions.has(type)) throw new MalformedBytes();
    extensions.set(type, cursor.vector(2));
  }
  return extensions;
}

function readServerName(extension: ByteCursor): string | null {
  const list = extension.vector(2, { min: 1 });
  extension.expectEnd();
  if (list.uint(1) !== hostNameType) throw new MalformedBytes();
  const name = parseServerName(list.vector(2, { min: 1 }).text());
  // A second name of the same type is forbidden, and no other type was ever defined.
  list.expectEnd();
  if (name === undefined) throw new MalformedBytes();
  return name;
}

function readAlpnProtocols(extension: ByteCursor): string[] {
  const list = extension.vector(2, { min: 2 });
  extension.expectEnd();
  const protocols: string[] = [];
  while (!list.isAtEnd) protocols.push(list.vector(1, { min: 1 }).text());
  return protocols;
}
