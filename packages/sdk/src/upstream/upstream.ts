import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { AditError } from '@adit/contracts';
import { bracketed, isPort, parseHostPort } from '../dial/host-port.ts';
import { quoted } from '../dial/server-address.ts';
import type { TappedConnection } from '../relay/tap.ts';

/** What a service speaks: HTTP/1.1, or HTTP/2 from the first byte (gRPC needs it). */
export type UpstreamProtocol = 'http1' | 'http2';

/** How an upstream is dialled: `http` and `tcp` in plain, `https` and `tls` with TLS of our own. */
export type NetworkProtocol = 'http' | 'https' | 'tcp' | 'tls';

/** A private service that connections are relayed to. */
export interface NetworkUpstream {
  readonly kind: 'network';
  readonly protocol: NetworkProtocol;
  readonly host: string;
  readonly port: number;
  /** `http://localhost:3000`: shown to people and told to the server. */
  readonly url: string;
  /**
   * Whether its certificate must be good. `unlessLoopback`: not for loopback hosts, whose certificates are self-signed
   * more often than not and never leave the machine.
   */
  readonly verify: 'never' | 'system' | 'unlessLoopback';
  /** PEM of the only roots to trust in place of the system's. */
  readonly caPem?: string;
  /** What the server is to send: bytes are relayed as they are, and ALPN offers an https service nothing else. */
  readonly speaks: UpstreamProtocol;
}

/** A folder whose files are served. */
export interface FolderUpstream {
  readonly kind: 'folder';
  /** Absolute, in the form of this system. */
  readonly path: string;
  /** `file:///srv/site` */
  readonly url: string;
}

/** Code of this program. */
export interface HandlerUpstream {
  readonly kind: 'handler';
  /** For display only. */
  readonly url: string;
  /** Takes a visitor's connection over, errors included. `connection` says whose it is. */
  accept(stream: Duplex, connection: TappedConnection): void;
}

/** Where the visitors of an endpoint are carried to. */
export type Upstream = NetworkUpstream | FolderUpstream | HandlerUpstream;

export interface UpstreamOptions {
  /** Default: `http1`. */
  readonly upstreamProtocol?: UpstreamProtocol | undefined;
  /**
   * Whether the certificate of an https or tls upstream must be good. `true`: by the roots of the system and of Node.js.
   * `{caPem}`: by these roots and no others. `false`: anything goes. Default: `true`, except for loopback hosts.
   */
  readonly upstreamVerify?: boolean | { readonly caPem: string } | undefined;
  /** The scheme of the endpoint: where the upstream has none, it is `tcp` for a tcp or tls endpoint. Default: `https`. */
  readonly scheme?: NetworkProtocol | undefined;
}

const form = /^(?:(https?|tcp|tls):\/\/)?([^/]*)(\/?)$/i;
const usualPorts: Readonly<Record<NetworkProtocol, number | undefined>> = {
  http: 80,
  https: 443,
  tls: 443,
  tcp: undefined,
};

/**
 * Reads `3000`, `host:port`, `http(s)://host[:port]`, `tls://host[:port]`, `tcp://host:port` (a trailing `/` is allowed behind
 * a scheme) or `file:///absolute/folder`. A port alone is on localhost. Without a scheme it is tcp for tcp and tls endpoints;
 * else port 443 means https, every other http.
 *
 * @throws {AditError} 9304: anything else; also a path, because bytes are relayed as they are and never rewritten.
 */
export function parseUpstream(text: string, options: UpstreamOptions = {}): NetworkUpstream | FolderUpstream {
  if (/^file:/i.test(text)) return parseFolder(text, options);
  const [, scheme, authority = '', slash] = form.exec(text) ?? [];
  const target = /^\d+$/.test(authority) && scheme === undefined ? onLocalhost(authority) : parseHostPort(authority);
  const given = scheme?.toLowerCase() as NetworkProtocol | undefined;
  const port = target?.port ?? (given && usualPorts[given]);
  if (!target || port === undefined || (given === undefined && slash !== '')) throw invalid(text);
  const protocol = given ?? impliedProtocol(port, options);
  const url = `${protocol}://${bracketed(target.host)}:${port}`;
  const speaks = options.upstreamProtocol ?? 'http1';
  return { kind: 'network', protocol, host: target.host, port, url, ...verificationOf(options), speaks };
}

function onLocalhost(digits: string) {
  const port = Number(digits);
  return isPort(port) ? { host: 'localhost', port } : undefined;
}

function impliedProtocol(port: number, { scheme = 'https' }: UpstreamOptions): NetworkProtocol {
  if (scheme === 'tcp' || scheme === 'tls') return 'tcp';
  return port === 443 ? 'https' : 'http';
}

function verificationOf({ upstreamVerify: wanted }: UpstreamOptions): Pick<NetworkUpstream, 'verify' | 'caPem'> {
  if (wanted === undefined) return { verify: 'unlessLoopback' };
  if (typeof wanted === 'boolean') return { verify: wanted ? 'system' : 'never' };
  return { verify: 'system', caPem: wanted.caPem };
}

/** `file://srv` would name a machine, and no program agrees with another on what it is relative to. */
function parseFolder(text: string, { upstreamProtocol }: UpstreamOptions): FolderUpstream {
  if (!/^file:\/\/\/[^?#]*$/i.test(text)) {
    throw new AditError(9304, `Cannot serve ${quoted(text)}: write the whole path, as in file:///home/me/site`);
  }
  if (upstreamProtocol === 'http2') {
    throw new AditError(9304, `Cannot serve ${quoted(text)} over HTTP/2: a folder is served over HTTP/1.1`);
  }
  try {
    return { kind: 'folder', path: fileURLToPath(text), url: new URL(text).href };
  } catch {
    throw new AditError(9304, `Cannot serve ${quoted(text)}: it is not a valid file URL`);
  }
}

function invalid(text: string): AditError {
  return new AditError(
    9304,
    `Cannot forward to ${quoted(text)}: it must be a port, host:port, http(s)://host[:port] or tls://host[:port] ` +
      'without a path, tcp://host:port, or file:///folder',
  );
}
