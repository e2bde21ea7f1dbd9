import { AditError } from '@adit/contracts';
import { parseHostPort } from './host-port.ts';
import { quoted } from './server-address.ts';

/** The public address asked for, in the words of the Bind message. */
export interface PublicUrlRequest {
  readonly protocol: 'http' | 'https';
  /** A whole host name; empty: none was named. */
  readonly domain: string;
  /** One label below the server's own domain; empty: none was named. */
  readonly subdomain: string;
}

/**
 * Reads the forms of `--url`: empty (a random https address), `app` (a label below the server's domain),
 * `app.example.com`, and each of them behind `https://` or `http://`. A port is accepted and left out, so that a printed
 * URL can be given back: which port is public is the server's to say.
 *
 * @throws {AditError} 332: another scheme. 326: not a domain name. 9201: a path, query or user part.
 */
export function parsePublicUrl(text: string): PublicUrlRequest {
  const [, scheme, rest = ''] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(text) ?? [];
  const protocol = scheme?.toLowerCase() ?? 'https';
  if (protocol !== 'http' && protocol !== 'https') {
    throw new AditError(332, `Cannot use URL ${quoted(text)}: only http and https are supported`);
  }
  const authority = rest.replace(/\/$/, '');
  if (/[/?#@\\]/.test(authority)) {
    throw new AditError(9201, `Cannot use URL ${quoted(text)}: it has a path, query or user part`);
  }
  if (authority === '') return { protocol, domain: '', subdomain: '' };
  const host = parseHostPort(authority)?.host.replace(/\.$/, '');
  if (host === undefined || !isDomainName(host)) {
    throw new AditError(326, `Cannot use URL ${quoted(text)}: ${quoted(authority)} is not a domain name`);
  }
  return host.includes('.') ? { protocol, domain: host, subdomain: '' } : { protocol, domain: '', subdomain: host };
}

/** Letters, digits and inner hyphens, 63 to a label (RFC 1123 §2.1); an IP address is none. */
function isDomainName(host: string): boolean {
  const labels = host.split('.');
  if (host.length > 253 || /^\d+$/.test(labels.at(-1) ?? '')) return false;
  return labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
}
