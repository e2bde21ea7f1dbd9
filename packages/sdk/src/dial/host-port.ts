import { isIPv4, isIPv6 } from 'node:net';

export interface HostPort {
  /** Lower case, without brackets. */
  readonly host: string;
  /** Null: none was given. */
  readonly port: number | null;
}

// Underscores are no host name letters, but container networks hand out names with them.
const form = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9_.-]{1,253}))(?::(\d{1,5}))?$/i;

/** `host`, `host:port`, `[v6]` or `[v6]:port`; undefined for anything else. Nothing is repaired. */
export function parseHostPort(text: string): HostPort | undefined {
  const [, v6, name, digits] = form.exec(text) ?? [];
  const host = (v6 ?? name)?.toLowerCase();
  if (host === undefined || !isHost(host, v6 !== undefined)) return undefined;
  const port = digits === undefined ? null : Number(digits);
  return port === null || isPort(port) ? { host, port } : undefined;
}

export function isPort(port: number): boolean {
  return port >= 1 && port <= 65_535;
}

/** Host as it stands in a URL or before a port: IPv6 in brackets. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** `1.2` or `0x7f.1` are addresses to some resolvers and names to others: only whole IPv4 addresses may be numeric. */
function isHost(host: string, isV6: boolean): boolean {
  if (isV6) return isIPv6(host);
  const lastLabel = host.replace(/\.$/, '').split('.').at(-1) ?? '';
  if (/^(?:\d+|0x[0-9a-f]*)$/.test(lastLabel)) return isIPv4(host);
  return host.split('.').every((label, i, all) => label !== '' || (i === all.length - 1 && i > 0));
}
