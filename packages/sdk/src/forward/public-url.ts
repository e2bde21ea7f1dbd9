import { AditError } from '@adit/contracts';
import { parseHostPort } from '../dial/host-port.ts';
import { quoted } from '../dial/server-address.ts';
import type { NetworkProtocol } from '../upstream/upstream.ts';

/** The public address asked for, in the words of the Bind message. */
export interface PublicUrlRequest {
  readonly protocol: NetworkProtocol;
  /** A whole host name, `*.` in front for every name below, with the port where it is internal; empty: none was named. */
  readonly domain: string;
  /** One label below the server's own domain; empty: none was named. */
  readonly subdomain: string;
  /** Of tcp: `host:port` or a host; empty: none was named. */
  readonly address: string;
  /** The name ends in `.internal`: only other endpoints of the account reach it. */
  readonly isInternal: boolean;
}

const protocols: ReadonlySet<string> = new Set<NetworkProtocol>(['http', 'https', 'tcp', 'tls']);

/**
 * Reads the forms of `--url`: empty (a random https address), `app` (a label below the server's domain),
 * `app.example.com`, `*.example.com`, `app.internal`, and each of them behind `https://`, `http://` or `tls://`; `tcp://`,
 * `tcp://host` or `tcp://host:port`. A port of a public http, https or tls address is accepted and left out, so that a
 * printed URL can be given back: which port is public is the server's to say.
 *
 * @throws {AditError} 332: another scheme. 326: not a domain name, or an internal tcp address without a port. 9201: a path,
 *   query or user part.
 */
export function parsePublicUrl(text: string): PublicUrlRequest {
  const [, scheme = 'https', rest = ''] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(text) ?? [];
  const protocol = scheme.toLowerCase();
  if (!isProtocol(protocol)) {
    throw new AditError(332, `Cannot use URL ${quoted(text)}: its scheme must be http, https, tls or tcp`);
  }
  const authority = rest.replace(/\/$/, '');
  if (/[/?#@\\]/.test(authority)) {
    throw new AditError(9201, `Cannot use URL ${quoted(text)}: it has a path, query or user part`);
  }
  const nothing = { protocol, domain: '', subdomain: '', address: '', isInternal: false };
  if (authority === '') return nothing;
  const named = readName(authority);
  if (named === undefined) {
    throw new AditError(326, `Cannot use URL ${quoted(text)}: ${quoted(authority)} is not a domain name`);
  }
  const { host, isInternal } = named;
  const hostPort = named.port === null ? host : `${host}:${named.port}`;
  if (protocol !== 'tcp') {
    if (!host.includes('.')) return { ...nothing, subdomain: host };
    return { ...nothing, domain: isInternal ? hostPort : host, isInternal };
  }
  if (isInternal && named.port === null) {
    throw new AditError(326, `Cannot use URL ${quoted(text)}: it needs a port, as in tcp://${host}:5432`);
  }
  return { ...nothing, address: hostPort, isInternal };
}

function isProtocol(text: string): text is NetworkProtocol {
  return protocols.has(text);
}

function readName(authority: string): { host: string; port: number | null; isInternal: boolean } | undefined {
  const wildcard = authority.startsWith('*.') ? '*.' : '';
  const parsed = parseHostPort(authority.slice(wildcard.length));
  const name = parsed?.host.replace(/\.$/, '');
  if (parsed === undefined || name === undefined || !isDomainName(name)) return undefined;
  const host = wildcard + name;
  return { host, port: parsed.port, isInternal: host.endsWith('.internal') };
}

/** Letters, digits and inner hyphens, 63 to a label (RFC 1123 §2.1); an IP address is none. */
function isDomainName(host: string): boolean {
  const labels = host.split('.');
  if (host.length > 253 || /^\d+$/.test(labels.at(-1) ?? '')) return false;
  return labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
}
