import { tokenBytes } from './byte-classes.ts';
import { hasMember } from './connection.ts';
import type { HeaderFields } from './header-fields.ts';

const slash = 0x2f;

/**
 * The protocols that a request asks to switch to, lower case; null if it is to be served as an ordinary request. That is
 * so for HTTP/2 in clear text, which would carry requests past every policy (RFC 9113 §3.1 dropped it), for an upgrade
 * with content, whose end the raw stream would blur, and for HTTP/1.0.
 */
export function readUpgrade(fields: HeaderFields, version: '1.0' | '1.1'): readonly string[] | null {
  if (fields.upgrade === '' || version !== '1.1') return null;
  if (fields.contentLength > 0 || fields.isChunked) return null;
  if (!hasMember(fields.connection, 'upgrade')) return null;
  const tokens = fields.upgrade.split(',');
  for (let at = 0; at < tokens.length; at++) {
    const token = (tokens[at] ?? '').trim();
    if (!isProtocol(token)) return null;
    tokens[at] = token;
  }
  return tokens;
}

/** A name, or name/version (RFC 9110 §7.8), and not HTTP/2. */
function isProtocol(token: string): boolean {
  if (token === '' || token === 'h2c' || token === 'h2') return false;
  for (let at = 0; at < token.length; at++) {
    const code = token.charCodeAt(at);
    if (tokenBytes[code] !== 1 && code !== slash) return false;
  }
  return true;
}
