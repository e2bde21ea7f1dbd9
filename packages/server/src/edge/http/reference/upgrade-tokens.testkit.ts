import type { IncomingMessage } from 'node:http';

const token = /^[!#$%&'*+.^_`|~0-9a-z/-]+$/;

/**
 * The protocols that a request asks to switch to, lower case; null if it is to be served as an ordinary request: HTTP/2 in
 * clear text, which would carry requests past every policy (RFC 9113 §3.1 dropped it), an upgrade with a body, whose end
 * the raw stream would blur, and HTTP/1.0.
 */
export function readUpgrade(request: IncomingMessage): readonly string[] | null {
  const { upgrade, connection } = request.headers;
  if (upgrade === undefined || request.httpVersion !== '1.1') return null;
  const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers;
  if (length !== '0' || coding !== undefined || !listed(connection).includes('upgrade')) return null;
  const tokens = listed(upgrade);
  return tokens.every((text) => token.test(text) && text !== 'h2c' && text !== 'h2') ? tokens : null;
}

function listed(line = ''): string[] {
  return line
    .toLowerCase()
    .split(',')
    .map((text) => text.trim());
}
