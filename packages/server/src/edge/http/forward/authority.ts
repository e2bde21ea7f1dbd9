import { isIPv6 } from 'node:net';

/** The authority of a request: what a Host line or `:authority` holds. */
export interface Authority {
  /** Byte for byte as sent. */
  readonly text: string;
  /** Lower case, one trailing dot removed, without port; IPv6 without brackets. */
  readonly host: string;
  /** Null when none was sent. */
  readonly port: number | null;
}

const maxHostLength = 253;
const label = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const pattern = new RegExp(`^(?:\\[([0-9a-f:.]{2,45})\\]|(${label}(?:\\.${label})*)\\.?)(?::([0-9]{1,5}))?$`, 'i');

/**
 * Parses `host[:port]` (RFC 9110 §7.2). Null for anything else: empty, lists, userinfo, percent-encoding, bytes outside
 * ASCII, a port that is empty, 0 or above 65535. What several readers could read in several ways is not repaired.
 */
export function parseAuthority(text: string): Authority | null {
  const match = pattern.exec(text);
  if (!match) return null;
  const [, ipv6, name, digits] = match;
  const host = (ipv6 ?? name ?? '').toLowerCase();
  if (host.length > maxHostLength || (ipv6 !== undefined && !isIPv6(ipv6))) return null;
  const port = digits === undefined ? null : Number(digits);
  if (port !== null && (port === 0 || port > 65_535)) return null;
  return { text, host, port };
}

/** True if both name the same host and port once case and trailing dot are set aside. */
export function isSameAuthority(a: Authority, b: Authority): boolean {
  return a.host === b.host && a.port === b.port;
}
