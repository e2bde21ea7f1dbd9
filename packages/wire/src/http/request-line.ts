import { authorityBytes, skip, targetBytes, tokenBytes } from './byte-classes.ts';
import type { MessageProblem } from './message.ts';
import { problems } from './message-problems.ts';
import { readVersion } from './version.ts';

/**
 * The methods that the runtime's own parser knows, so that an upstream does not meet one that no visitor may send to a
 * plain server. CONNECT is not among them: nothing here tunnels, and its framing is unlike all others (RFC 9110 §9.3.6).
 */
const methods = new Set(
  (
    'GET HEAD POST PUT DELETE OPTIONS PATCH TRACE QUERY ' +
    'PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK SEARCH BIND REBIND UNBIND ACL REPORT MKACTIVITY CHECKOUT MERGE ' +
    'MKCALENDAR LINK UNLINK PURGE M-SEARCH NOTIFY SUBSCRIBE UNSUBSCRIBE SOURCE'
  ).split(' '),
);
const space = 0x20;

/** Reads request lines (RFC 9112 §3). The fields are valid after a `read` that answered null. */
export class RequestLine {
  method = '';
  target = '';
  version: '1.0' | '1.1' = '1.1';
  /** Behind the line's CRLF. */
  end = 0;

  /** Reads the line that begins at `start` of `bytes`; `text` holds the same bytes from there. */
  read(bytes: Uint8Array, text: string, start: number): MessageProblem | null {
    const methodEnd = skip(bytes, start, tokenBytes);
    this.method = text.slice(0, methodEnd - start);
    if (bytes[methodEnd] !== space || !methods.has(this.method)) return problems.method;
    const targetEnd = skip(bytes, methodEnd + 1, targetBytes);
    if (bytes[targetEnd] !== space || !isTarget(bytes, methodEnd + 1, targetEnd)) return problems.target;
    this.target = text.slice(methodEnd + 1 - start, targetEnd - start);
    const version = readVersion(bytes, targetEnd + 1);
    this.end = targetEnd + 11;
    if (version === null || bytes[this.end - 2] !== 0x0d || bytes[this.end - 1] !== 0x0a) return problems.version;
    this.version = version;
    return null;
  }
}

/** Origin-form, absolute-form or asterisk-form (RFC 9112 §3.2). */
function isTarget(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start];
  if (first === 0x2f) return true;
  if (first === 0x2a) return end === start + 1;
  let at = start;
  while (isLetter(bytes[at] ?? 0)) at++;
  if (at === start || bytes[at] !== 0x3a || bytes[at + 1] !== 0x2f || bytes[at + 2] !== 0x2f) return false;
  const authority = at + 3;
  const authorityEnd = skip(bytes, authority, authorityBytes);
  const behind = bytes[authorityEnd];
  return authorityEnd > authority && (behind === 0x2f || behind === 0x3f || behind === space);
}

function isLetter(byte: number): boolean {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}
