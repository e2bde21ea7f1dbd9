import { AditError } from '@adit/contracts';
import { bracketed, isPort, parseHostPort } from './host-port.ts';
import { isLoopbackHost } from './loopback.ts';
import { quoted } from './server-address.ts';

/** What a service speaks: HTTP/1.1, or HTTP/2 from the first byte (gRPC needs it). */
export type UpstreamProtocol = 'http1' | 'http2';

/** The private service that connections are relayed to. */
export interface Upstream {
  readonly protocol: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** `http://localhost:3000`: shown to people and told to the server. */
  readonly url: string;
  /** False for loopback hosts, whose certificates are self-signed more often than not and never leave the machine. */
  readonly verifyCertificate: boolean;
  /** What the server is to send: bytes are relayed as they are, and ALPN offers an https service nothing else. */
  readonly speaks: UpstreamProtocol;
}

/**
 * Reads `3000`, `host:port`, `http://host[:port]` or `https://host[:port]` (a trailing `/` is allowed). A port alone is
 * on localhost. Without a scheme port 443 means https, every other http.
 *
 * @throws {AditError} 9304: anything else; also a path, because bytes are relayed as they are and never rewritten.
 */
export function parseUpstream(text: string, speaks: UpstreamProtocol = 'http1'): Upstream {
  const [, scheme, authority = ''] = /^(?:(https?):\/\/)?([^/]*)(\/?)$/i.exec(text) ?? [];
  const target = /^\d+$/.test(authority) && scheme === undefined ? onLocalhost(authority) : parseHostPort(authority);
  const given = scheme?.toLowerCase() as 'http' | 'https' | undefined;
  const port = target?.port ?? defaultPort(given);
  if (!target || port === undefined || (given === undefined && text.endsWith('/'))) throw invalid(text);
  const protocol = given ?? (port === 443 ? 'https' : 'http');
  const url = `${protocol}://${bracketed(target.host)}:${port}`;
  return { protocol, host: target.host, port, url, verifyCertificate: !isLoopbackHost(target.host), speaks };
}

function onLocalhost(digits: string) {
  const port = Number(digits);
  return isPort(port) ? { host: 'localhost', port } : undefined;
}

function defaultPort(scheme: 'http' | 'https' | undefined): number | undefined {
  if (scheme === undefined) return undefined;
  return scheme === 'https' ? 443 : 80;
}

function invalid(text: string): AditError {
  return new AditError(
    9304,
    `Cannot forward to ${quoted(text)}: it must be a port, host:port, or http(s)://host[:port] without a path`,
  );
}
