import type { PolicyEvent } from '@adit/policy-kit';

/** What a stream of events consists of, in its order. */
export type StreamPart =
  | { readonly kind: 'comment'; readonly text: string }
  | { readonly kind: 'message'; readonly event: PolicyEvent };

/** A message is longer than may be. */
export class EventTooLong extends Error {
  override readonly name = 'EventTooLong';
}

const lineEnd = /\r\n|\r|\n/g;

/**
 * Reads a stream of events (HTML Living Standard §9.2.5, §9.2.6) that comes in pieces cut anywhere. A message comes out with
 * the piece that ends it; one that the stream ends in is none. Fields that no client knows are left out, and so are values
 * that clients pass over.
 */
export class EventStreamParser {
  // Takes the byte order mark away, and puts U+FFFD for bytes that are no UTF-8, as clients do.
  readonly #decoder = new TextDecoder();
  readonly #maxChars: number;
  #line = '';
  /** The last piece ended with CR: an LF now belongs to it. */
  #isAfterCr = false;
  #message = new PendingMessage();

  /** @param maxChars Of one message or comment with its field names. */
  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  /** @throws {EventTooLong} Then nothing more can be read. */
  push(piece: Uint8Array): StreamPart[] {
    const decoded = this.#decoder.decode(piece, { stream: true });
    if (decoded === '') return [];
    const text = this.#isAfterCr && decoded.startsWith('\n') ? decoded.slice(1) : decoded;
    this.#isAfterCr = decoded.endsWith('\r');
    const parts: StreamPart[] = [];
    let start = 0;
    for (const { 0: end, index } of text.matchAll(lineEnd)) {
      this.#keep(text.slice(start, index));
      this.#endLine(parts);
      start = index + end.length;
    }
    this.#keep(text.slice(start));
    return parts;
  }

  #keep(text: string): void {
    this.#line += text;
    if (this.#message.chars + this.#line.length > this.#maxChars) throw new EventTooLong('A message is too long');
  }

  #endLine(parts: StreamPart[]): void {
    const line = this.#line;
    this.#line = '';
    if (line.startsWith(':')) parts.push({ kind: 'comment', text: line.slice(1) });
    else if (line !== '') this.#message.addLine(line);
    else {
      const { event } = this.#message;
      if (event) parts.push({ kind: 'message', event });
      this.#message = new PendingMessage();
    }
  }
}

/** The lines of a message so far. */
class PendingMessage {
  /** With the names of fields, known or not: what a stranger can make us keep. */
  chars = 0;
  #data: string[] | undefined;
  #type: string | undefined;
  #id: string | undefined;
  #retry: string | undefined;

  addLine(line: string): void {
    this.chars += line.length + 1;
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') (this.#data ??= []).push(value);
    else if (field === 'event') this.#type = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    else if (field === 'retry' && /^[0-9]+$/.test(value)) this.#retry = value;
  }

  /** Undefined: nothing was said. */
  get event(): PolicyEvent | undefined {
    const event = { data: this.#data?.join('\n'), event: this.#type, id: this.#id, retry: this.#retry };
    return Object.values(event).some((value) => value !== undefined) ? event : undefined;
  }
}
