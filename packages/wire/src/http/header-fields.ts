import { isSpace, skip, textBytes, tokenBytes } from './byte-classes.ts';
import { hasMember } from './connection.ts';
import type { LineBlock } from './line-block.ts';
import type { MessageProblem } from './message.ts';
import { problems } from './message-problems.ts';

const maxLengthDigits = 15;
const none: string[] = [];
/** Of the names that say something about framing or the connection. */
const notedLengths: ReadonlySet<number> = new Set([7, 10, 14, 16, 17]);

/** Header lines, and what those among them say that decide where a message ends. */
export class HeaderFields {
  lines: string[] = none;
  /** -1 if there is none. */
  contentLength = -1;
  isChunked = false;
  /** All Connection lines, joined by commas, lower case. */
  connection = '';
  /** All Upgrade lines, joined by commas, lower case. */
  upgrade = '';
  /** What is being read, or was read last; it begins at `#start` of the bytes. */
  text = '';
  readonly #maxLines: number;
  readonly #keepsLines: boolean;
  #start = 0;
  /** Of the line being read. */
  #colon = 0;
  #lineEnd = 0;

  /** @param keepsLines False: `lines` stays empty. They are checked all the same. */
  constructor(maxLines: number, keepsLines: boolean) {
    this.#maxLines = maxLines;
    this.#keepsLines = keepsLines;
  }

  /** Reads the lines of a whole block from `at`, which is behind its start line, into the fields of this object. */
  read(block: LineBlock, text: string, at: number): MessageProblem | null {
    this.#clear(text, block.start);
    const end = block.end - 2;
    let line = at;
    for (let left = this.#maxLines; line < end; left--) {
      if (left === 0) return problems.lines;
      const problem = this.#readLine(block.bytes, line);
      if (problem !== null) return problem;
      line = this.#lineEnd + 2;
    }
    return null;
  }

  /** RFC 9112 §6.1: what two readers could frame in two ways. */
  framingProblem(version: '1.0' | '1.1'): MessageProblem | null {
    if (!this.isChunked) return null;
    if (this.contentLength !== -1) return problems.lengthAndCoding;
    return version === '1.0' ? problems.codingInOldVersion : null;
  }

  /** Lets go of the lines. */
  release(): void {
    this.lines = none;
    this.text = '';
  }

  #clear(text: string, start: number): void {
    this.lines = [];
    this.contentLength = -1;
    this.isChunked = false;
    this.connection = '';
    this.upgrade = '';
    this.text = text;
    this.#start = start;
  }

  #readLine(bytes: Uint8Array, line: number): MessageProblem | null {
    const text = this.text;
    const start = this.#start;
    const colon = skip(bytes, line, tokenBytes);
    if (colon === line || bytes[colon] !== 0x3a) return problems.name;
    const valueStart = skipSpace(bytes, colon + 1);
    const lineEnd = skip(bytes, valueStart, textBytes);
    if (bytes[lineEnd] !== 0x0d || bytes[lineEnd + 1] !== 0x0a) return problems.value;
    this.#colon = colon;
    this.#lineEnd = lineEnd;
    if (!this.#keepsLines && !notedLengths.has(colon - line)) return null;
    const name = text.slice(line - start, colon - start);
    const value = text.slice(valueStart - start, trimSpace(bytes, valueStart, lineEnd) - start);
    if (this.#keepsLines) this.lines.push(name, value);
    return this.#note(name, value);
  }

  /** The length of a name tells nearly all of them apart, without a lower-case copy of each: see `notedLengths`. */
  #note(name: string, value: string): MessageProblem | null {
    switch (name.length) {
      case 7:
        if (name.toLowerCase() === 'upgrade') this.upgrade = joined(this.upgrade, value);
        return null;
      case 10:
        if (name.toLowerCase() === 'connection') this.connection = joined(this.connection, value);
        return null;
      case 14:
        return name.toLowerCase() === 'content-length' ? this.#noteLength(value) : null;
      case 16:
        // Not of HTTP/1.1, yet many readers take it for Connection, and do not read on.
        if (name.toLowerCase() === 'proxy-connection' && hasMember(value.toLowerCase(), 'close'))
          this.connection = joined(this.connection, 'close');
        return null;
      case 17:
        return name.toLowerCase() === 'transfer-encoding' ? this.#noteCoding(value) : null;
      default:
        return null;
    }
  }

  #noteLength(value: string): MessageProblem | null {
    if (this.contentLength !== -1) return problems.twoLengths;
    this.contentLength = parseDigits(value);
    if (this.contentLength === -1) return problems.length;
    return this.#hasTab() ? problems.framingTab : null;
  }

  #noteCoding(value: string): MessageProblem | null {
    if (this.isChunked) return problems.codingTwice;
    if (value.toLowerCase() !== 'chunked') return problems.coding;
    this.isChunked = true;
    return this.#hasTab() ? problems.framingTab : null;
  }

  /** A tab around the value is white space to some readers only: the runtime sees no `chunked` before it. */
  #hasTab(): boolean {
    return this.text.slice(this.#colon - this.#start, this.#lineEnd - this.#start).includes('\t');
  }
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(bytes[at] ?? 0)) at++;
  return at;
}

function trimSpace(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && isSpace(bytes[at - 1] ?? 0)) at--;
  return at;
}

function joined(list: string, value: string): string {
  const lower = value.toLowerCase();
  return list === '' ? lower : `${list},${lower}`;
}

/** -1 unless the text is 1 to 15 digits, which is below 2^53. */
function parseDigits(text: string): number {
  if (text.length === 0 || text.length > maxLengthDigits) return -1;
  let value = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
