// edge/listener: accepting sockets, reading the ClientHello, ending TLS. What is spoken inside is the business of
// edge/http and links/agent; which certificate is served is decided in tls/, behind domain/certificates.ts.
import { ByteCursor, MalformedBytes } from './byte-cursor.ts';
import { parseServerName } from './server-name.ts';

/** What a client wants, known before a single byte is answered. */
export interface ClientHello {
  /** Lower case, without trailing dot; null when the client names nobody or an address. */
  readonly serverName: string | null;
  /** In the client's order of preference; empty when it offers none. */
  readonly alpnProtocols: readonly string[];
}

const serverNameExtension = 0;
const alpnExtension = 16;
const hostNameType = 0;

/**
 * Parses the body of a ClientHello message (RFC 8446 §4.1.2 and RFC 5246 §7.4.1.2). Undefined when it is malformed:
 * every length must fit exactly, no extension may come twice, a server_name holds one valid host name (RFC 6066 §3).
 */
export function parseClientHello(body: Uint8Array): ClientHello | undefined {
  try {
    return readClientHello(new ByteCursor(body));
  } catch (error) {
    if (error instanceof MalformedBytes) return undefined;
    throw error;
  }
}

function readClientHello(cursor: ByteCursor): ClientHello {
  if (cursor.uint(2) >> 8 !== 3) throw new MalformedBytes();
  cursor.skip(32); // random
  cursor.vector(1, { min: 0, max: 32 }); // legacy_session_id
  if (cursor.vector(2, { min: 2 }).remaining % 2 !== 0) throw new MalformedBytes(); // cipher_suites
  cursor.vector(1, { min: 1 }); // compression_methods
  // TLS 1.2 clients may leave the whole block out.
  const extensions = cursor.isAtEnd ? new Map<number, ByteCursor>() : readExtensions(cursor.vector(2));
  cursor.expectEnd();
  const serverName = extensions.get(serverNameExtension);
  const alpn = extensions.get(alpnExtension);
  return {
    serverName: serverName === undefined ? null : readServerName(serverName),
    alpnProtocols: alpn === undefined ? [] : readAlpnProtocols(alpn),
  };
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
