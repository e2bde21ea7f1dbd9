import { skip, textBytes } from './byte-classes.ts';
import type { MessageProblem } from './message.ts';
import { problems } from './message-problems.ts';
import { readVersion } from './version.ts';

const versionBytes = 8;

/** Reads status lines (RFC 9112 §4). The fields are valid after a `read` that answered null. */
export class StatusLine {
  status = 0;
  reason = '';
  version: '1.0' | '1.1' = '1.1';
  /** Behind the line's CRLF. */
  end = 0;

  /** Reads the line that begins at `start` of `bytes`; `text` holds the same bytes from there. */
  read(bytes: Uint8Array, text: string, start: number): MessageProblem | null {
    const version = readVersion(bytes, start);
    if (version === null || bytes[start + versionBytes] !== 0x20) return problems.version;
    this.version = version;
    this.status = readStatus(bytes, start + versionBytes + 1);
    if (this.status < 100 || this.status > 599) return problems.status;
    return this.#readReason(bytes, text, start);
  }

  /** The space before an empty reason is missing in what many servers send; the grammar wants it. */
  #readReason(bytes: Uint8Array, text: string, start: number): MessageProblem | null {
    const statusEnd = start + versionBytes + 4;
    const behind = bytes[statusEnd];
    if (behind !== 0x20 && behind !== 0x0d) return problems.status;
    const reason = behind === 0x20 ? statusEnd + 1 : statusEnd;
    const end = skip(bytes, reason, textBytes);
    if (bytes[end] !== 0x0d || bytes[end + 1] !== 0x0a) return problems.reason;
    this.reason = text.slice(reason - start, end - start);
    this.end = end + 2;
    return null;
  }
}

/** -1 unless there are three digits; what follows them is not looked at. */
function readStatus(bytes: Uint8Array, at: number): number {
  const hundreds = (bytes[at] ?? 0) - 0x30;
  const tens = (bytes[at + 1] ?? 0) - 0x30;
  const ones = (bytes[at + 2] ?? 0) - 0x30;
  if (hundreds < 0 || hundreds > 9 || tens < 0 || tens > 9 || ones < 0 || ones > 9) return -1;
  return hundreds * 100 + tens * 10 + ones;
}
