// WebSocket as a server hears it (RFC 6455 §5): frames of a client, read strictly and as they come. Who may open one, and
// what becomes of the bytes, is the edge's business.
import { isUtf8 } from 'node:buffer';
import { closeCodes, isCloseCode, maxControlBytes, opcodes } from './opcodes.ts';
import { unmask } from './unmask.ts';

/** Why nothing is read any more. */
export interface FrameEnding {
  /** `closed`: by a close frame. `refused`: the frames are none that are taken here. */
  readonly kind: 'closed' | 'refused';
  /** What the close frame said, 1005 for nothing; or what it is to be refused with. */
  readonly code: number;
  /** For people. */
  readonly reason: string;
}

const maxHeadBytes = 14;
const empty = Buffer.alloc(0);

/**
 * Incremental reader of one client's frames. Their content comes as one flow of bytes, without regard to messages and their
 * fragments; frames of any length are read with a memory of one head and one control frame. Never throws.
 */
export class FrameReader {
  /** Not null: whatever comes behind it is nothing. */
  ending: FrameEnding | null = null;
  readonly #head = Buffer.alloc(maxHeadBytes);
  #headBytes = 0;
  #headNeeded = 2;
  /** Payload of the frame that is still to come. */
  #left = 0;
  readonly #mask = new Uint8Array(4);
  /** Which of its bytes is next. */
  #turn = 0;
  /** In a message that is not whole. */
  #isFragmented = false;
  readonly #control = Buffer.alloc(maxControlBytes);
  #controlBytes = 0;
  #ping: Buffer | null = null;

  /**
   * Reads on.
   *
   * @param chunk The reader's from now on: it is changed.
   * @returns The bytes of binary messages in it: a part of the chunk, maybe empty.
   */
  read(chunk: Buffer): Buffer {
    let filled = 0;
    let at = 0;
    while (at < chunk.length && this.ending === null) {
      if (this.#left === 0) {
        at = this.#readHead(chunk, at);
        continue;
      }
      const end = Math.min(at + this.#left, chunk.length);
      const payload = chunk.subarray(at, end);
      this.#turn = unmask(payload, this.#mask, this.#turn);
      if (this.#opcode >= opcodes.close) {
        this.#controlBytes += payload.copy(this.#control, this.#controlBytes);
      } else {
        chunk.copyWithin(filled, at, end);
        filled += payload.length;
      }
      at = end;
      this.#left -= payload.length;
      if (this.#left === 0) this.#endFrame();
    }
    return filled === 0 ? empty : chunk.subarray(0, filled);
  }

  /** The latest ping that was not taken yet, the only one that has to be answered (RFC 6455 §5.5.3). */
  takePing(): Buffer | null {
    const ping = this.#ping;
    this.#ping = null;
    return ping;
  }

  get #opcode(): number {
    return (this.#head[0] as number) & 0x0f;
  }

  #readHead(chunk: Buffer, start: number): number {
    let at = start;
    while (at < chunk.length && this.#headBytes < this.#headNeeded && this.ending === null) {
      this.#head[this.#headBytes++] = chunk[at++] as number;
      if (this.#headBytes === 1) this.#checkFirst();
      else if (this.#headBytes === 2) this.#checkSecond();
    }
    if (this.#headBytes === this.#headNeeded && this.ending === null) this.#beginFrame();
    return at;
  }

  /** FIN, reserved bits, opcode. */
  #checkFirst(): void {
    const first = this.#head[0] as number;
    const opcode = this.#opcode;
    const isLast = first >= 0x80;
    if ((first & 0x70) !== 0) return this.#refuse('no extension was agreed on, and a reserved bit is set');
    if (opcode === opcodes.text) return this.#refuse('only binary messages are taken here', closeCodes.unsupportedData);
    if (opcode > opcodes.pong || (opcode > opcodes.binary && opcode < opcodes.close))
      return this.#refuse('there is no such opcode');
    if (opcode >= opcodes.close) return isLast ? undefined : this.#refuse('control frames are never in fragments');
    if ((opcode === opcodes.continuation) !== this.#isFragmented)
      return this.#refuse(this.#isFragmented ? 'a message begins inside another' : 'a fragment belongs to no message');
    this.#isFragmented = !isLast;
  }

  /** Mask bit and short length. */
  #checkSecond(): void {
    const second = this.#head[1] as number;
    const short = second & 0x7f;
    if (second < 0x80) return this.#refuse('frames of clients have to be masked');
    if (this.#opcode >= opcodes.close && short > maxControlBytes) return this.#refuse('a control frame is too long');
    this.#headNeeded = 2 + lengthBytes(short) + 4;
  }

  #beginFrame(): void {
    this.#left = this.#readLength();
    this.#head.copy(this.#mask, 0, this.#headNeeded - 4);
    this.#turn = 0;
    if (this.#left === 0 && this.ending === null) this.#endFrame();
  }

  /** 0 as well when it was refused. */
  #readLength(): number {
    const head = this.#head;
    const short = (head[1] as number) & 0x7f;
    if (short < 126) return short;
    const high = short === 126 ? 0 : head.readUInt32BE(2);
    const length = short === 126 ? head.readUInt16BE(2) : high * 2 ** 32 + head.readUInt32BE(6);
    if (high < 2 ** 21 && length >= (short === 126 ? 126 : 2 ** 16)) return length;
    // More than a number holds exactly, or more bytes than it needs (RFC 6455 §5.2).
    if (high >= 2 ** 21) this.#refuse('a frame is too long', closeCodes.tooBig);
    else this.#refuse('a length has more bytes than it needs');
    return 0;
  }

  #endFrame(): void {
    const opcode = this.#opcode;
    const content = this.#control.subarray(0, this.#controlBytes);
    this.#headBytes = 0;
    this.#headNeeded = 2;
    this.#controlBytes = 0;
    if (opcode === opcodes.ping) this.#ping = Buffer.from(content);
    else if (opcode === opcodes.close) this.#readClose(content);
  }

  #readClose(content: Buffer): void {
    if (content.length === 0) {
      this.ending = { kind: 'closed', code: closeCodes.none, reason: '' };
      return;
    }
    const code = content.length === 1 ? 0 : content.readUInt16BE(0);
    const reason = content.subarray(2);
    if (!isCloseCode(code)) this.#refuse('a close frame has no valid code');
    else if (!isUtf8(reason)) this.#refuse('the reason of a close frame is not UTF-8', closeCodes.invalidPayload);
    else this.ending = { kind: 'closed', code, reason: reason.toString() };
  }

  #refuse(reason: string, code: number = closeCodes.protocolError): void {
    this.ending = { kind: 'refused', code, reason };
  }
}

function lengthBytes(short: number): number {
  return short === 127 ? 8 : short === 126 ? 2 : 0;
}
