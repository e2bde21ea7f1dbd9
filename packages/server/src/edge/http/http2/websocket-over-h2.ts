import { randomBytes } from 'node:crypto';
import type { HeaderLines } from '../exchange.ts';
import { websocketAccept } from '../websocket-accept.ts';

/**
 * The handshake between us and an HTTP/1.1 upstream for a WebSocket over HTTP/2 (RFC 8441 §5): the visitor sends no
 * `Sec-WebSocket-Key` and wants no `Sec-WebSocket-Accept`, so both are our business.
 */
export class WebSocketOverH2 {
  readonly #key = randomBytes(16).toString('base64');

  /** The visitor's lines with our key. A key of the visitor's own has no meaning, and two would have two. */
  requestLines(lines: HeaderLines): string[] {
    const kept = without(lines, isKey);
    kept.push('sec-websocket-key', this.#key);
    return kept;
  }

  /** The upstream's lines for the visitor; null if they do not accept our key. */
  answerLines(lines: HeaderLines): string[] | null {
    const expected = websocketAccept(this.#key);
    let accepts = 0;
    for (let i = 0; i < lines.length; i += 2) {
      if (!isAccept(lines[i] ?? '')) continue;
      if (lines[i + 1] !== expected) return null;
      accepts++;
    }
    return accepts === 1 ? without(lines, isHandshake) : null;
  }
}

function without(lines: HeaderLines, isLeftOut: (name: string) => boolean): string[] {
  const kept: string[] = [];
  for (let i = 0; i < lines.length; i += 2) {
    const name = lines[i] ?? '';
    if (!isLeftOut(name)) kept.push(name, lines[i + 1] ?? '');
  }
  return kept;
}

const isKey = (name: string): boolean => name.toLowerCase() === 'sec-websocket-key';
const isAccept = (name: string): boolean => name.toLowerCase() === 'sec-websocket-accept';

const handshakeNames: ReadonlySet<string> = new Set([
  ...['sec-websocket-accept', 'connection', 'upgrade', 'keep-alive', 'transfer-encoding', 'content-length'],
]);
const isHandshake = (name: string): boolean => handshakeNames.has(name.toLowerCase());
