import type { HeaderLines } from '../exchange.ts';

/** A request's head as node:http2 gives it, taken apart. Pseudo headers come first and once each: nghttp2 sees to that. */
export interface RequestLines {
  method: string;
  target: string;
  authority: string | null;
  scheme: string;
  /** `:protocol` of an extended CONNECT (RFC 8441 §4). */
  protocol: string | null;
  headers: HeaderLines;
  /** The `content-length` line; null if there is none. nghttp2 allows one, digits only, that the data keeps. */
  length: string | null;
  /** Of names and values, as HPACK counts them without its surcharge. */
  bytes: number;
}

const colon = 0x3a;

export function readRequestLines(raw: readonly string[]): RequestLines {
  const lines: RequestLines = {
    ...{ method: '', target: '', authority: null, scheme: '', protocol: null, headers: [], length: null, bytes: 0 },
  };
  let at = 0;
  for (; at < raw.length; at += 2) {
    const name = raw[at] ?? '';
    if (name.charCodeAt(0) !== colon) break;
    readPseudo(lines, name, raw[at + 1] ?? '');
  }
  lines.headers = raw.slice(at);
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? '';
    const value = raw[i + 1] ?? '';
    lines.bytes += name.length + value.length;
    if (name === 'content-length') lines.length = value;
  }
  return lines;
}

function readPseudo(lines: RequestLines, name: string, value: string): void {
  if (name === ':method') lines.method = value;
  else if (name === ':path') lines.target = value;
  else if (name === ':authority') lines.authority = value;
  else if (name === ':scheme') lines.scheme = value;
  else if (name === ':protocol') lines.protocol = value;
}

// Longer ones do not fit the numbers of some upstream.
const maxLengthDigits = 15;

/** RFC 8441 §4 and §5. A length would be of a content that a WebSocket has not. */
export function isWebSocket(lines: RequestLines): boolean {
  return lines.method === 'CONNECT' && lines.protocol === 'websocket' && lines.length === null;
}

/** False for what nghttp2 lets through and cannot go to an upstream in one meaning. */
export function isForwardable({ protocol, length, scheme }: RequestLines): boolean {
  if (protocol !== null || (length !== null && length.length > maxLengthDigits)) return false;
  // Which of the two is right depends on who ended TLS. CONNECT has none.
  return scheme === 'https' || scheme === 'http' || scheme === '';
}
