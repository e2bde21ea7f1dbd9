import { isIP } from 'node:net';

const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * The host name in a server_name extension: lower case, without a trailing dot. Null: an address, which RFC 6066 §3
 * does not allow there and which therefore names nobody. Undefined: not a host name at all. Underscores pass, since
 * browsers send them.
 */
export function parseServerName(text: string): string | null | undefined {
  const name = (text.endsWith('.') ? text.slice(0, -1) : text).toLowerCase();
  if (isIP(name) !== 0) return null;
  const labels = name.split('.');
  if (name.length > 253 || !labels.every((part) => label.test(part))) return undefined;
  // A last label of digits only makes resolvers and browsers read the whole as an IPv4 address, e.g. "127.1".
  return /^[0-9]+$/.test(labels.at(-1) ?? '') ? null : name;
}
