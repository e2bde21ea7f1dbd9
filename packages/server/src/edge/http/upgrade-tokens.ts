import type { IncomingMessage } from 'node:http';

const token = /^[!#$%&'*+.^_`|~0-9a-z/-]+$/;

/**
 * The protocols that a request asks to switch to, lower case; null if it is to be served as an ordinary request. That is
 * so for HTTP/2 in clear text, which would carry requests past every policy (RFC 9113 §3.1 dropped it), for an upgrade
 * with a body, whose end the raw stream would blur, and for HTTP/1.0.
 */
export function readUpgrade(request: IncomingMessage): readonly string[] | null {
  const { upgrade, connection } = request.headers;
  if (upgrade === undefined || request.httpVersion !== '1.1') return null;
  if ((request.headers['content-length'] ?? '0') !== '0' || request.headers['transfer-encoding'] !== undefined)
    return null;
  if (
    !connection
      ?.toLowerCase()
      .split(',')
      .some((name) => name.trim() === 'upgrade')
  )
    return null;
  const tokens = upgrade
    .toLowerCase()
    .split(',')
    .map((text) => text.trim());
  return tokens.every((text) => token.test(text) && text !== 'h2c' && text !== 'h2') ? tokens : null;
}
