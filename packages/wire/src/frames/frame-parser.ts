// Frames as bytes: the parser of what comes, the encoder of what goes. Layout and constants are declared in
// ../protocol.ts; what a frame does to a stream is in ../mux.
import { frameHeaderBytes, frameTypes } from '../protocol.ts';

/**
 * What `next` found; the fields of the parser named here are valid until the following call.
 *
 * - `none`: the chunk is used up, feed another.
 * - `data`: a DATA header: `streamId`, `flags`, `bodyLength`. If the length is not 0, `payload` events follow.
 * - `payload`: a piece of the DATA body in `payload`; it was the last one when `bodyLeft` is 0.
 * - `reset`: `streamId`, `value` is the error code.
 * - `windowIncrement`: `streamId` (0: of the session), `value` is the increment.
 * - `ping`: `value`; `flags` tell whether it is an answer.
 * - `goAway`: `value` is the error code, `payload` the reason, as far as they were in this chunk. Parsing is over.
 * - `malformed`: `problem` says why. Parsing is over.
 */
export type FrameEvent = 'none' | 'data' | 'payload' | 'reset' | 'windowIncrement' | 'ping' | 'goAway' | 'malformed';

const goAwayHeadBytes = 8;
const empty = Buffer.alloc(0);

/**
 * Incremental parser of frames. It holds at most one header: payload is handed on as slices of the chunks that were
 * fed, as it comes, so a DATA frame may arrive in pieces and nothing is copied or joined.
 */
export class FrameParser {
  streamId = 0;
  flags = 0;
  bodyLength = 0;
  bodyLeft = 0;
  value = 0;
  payload: Buffer = empty;
  problem = '';

  readonly #maxFrameBytes: number;
  readonly #hasSessionFrames: boolean;
  #chunk: Buffer = empty;
  #offset = 0;
  #isOver = false;
  /** Header, and the 4 bytes of body that RST and WNDINC have. */
  readonly #head = new Uint8Array(frameHeaderBytes + 4);
  #headLength = 0;
  #headNeeded = frameHeaderBytes;
  #type: number = frameTypes.data;

  /**
   * @param maxFrameBytes A frame with a longer body is malformed.
   * @param hasSessionFrames True: WNDINC on stream 0 and PING are known, as in adit/1.
   */
  constructor(maxFrameBytes: number, hasSessionFrames: boolean) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#hasSessionFrames = hasSessionFrames;
  }

  /** Gives the parser its next bytes. Only when `next` has answered `none`. The chunk must not change afterwards. */
  feed(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#offset = 0;
  }

  next(): FrameEvent {
    if (this.#isOver) return 'none';
    if (this.bodyLeft > 0) return this.#takePayload();
    if (!this.#fillHead()) return 'none';
    return this.#headNeeded === frameHeaderBytes ? this.#readHeader() : this.#readValue();
  }

  #takePayload(): FrameEvent {
    const chunk = this.#chunk;
    const start = this.#offset;
    const end = Math.min(start + this.bodyLeft, chunk.length);
    if (start === end) return this.#release();
    this.payload = start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end);
    this.bodyLeft -= end - start;
    this.#offset = end;
    return 'payload';
  }

  /** An idle session must not keep its last chunk alive. */
  #release(): FrameEvent {
    this.#chunk = empty;
    this.payload = empty;
    this.#offset = 0;
    return 'none';
  }

  #fillHead(): boolean {
    const chunk = this.#chunk;
    while (this.#headLength < this.#headNeeded) {
      const byte = chunk[this.#offset];
      if (byte === undefined) {
        this.#release();
        return false;
      }
      this.#head[this.#headLength++] = byte;
      this.#offset++;
    }
    return true;
  }

  #readHeader(): FrameEvent {
    const head = this.#head;
    const length = uint24(head, 0);
    const typeAndFlags = head[3] ?? 0;
    this.#type = typeAndFlags >>> 4;
    this.flags = typeAndFlags & 0xf;
    this.streamId = uint32(head, 4) & 0x7fffffff;
    this.bodyLength = length;
    // Before the checks: the Rust client's GOAWAY has a wrong length (agent protocol, §6).
    if (this.#type === frameTypes.goAway) return this.#readGoAway();
    const problem = this.#headerProblem();
    if (problem !== '') return this.#fail(problem);
    if (this.#type !== frameTypes.data) {
      this.#headNeeded = frameHeaderBytes + 4;
      return this.#fillHead() ? this.#readValue() : 'none';
    }
    this.#headLength = 0;
    this.bodyLeft = length;
    return 'data';
  }

  #headerProblem(): string {
    const type = this.#type;
    if (type > (this.#hasSessionFrames ? frameTypes.ping : frameTypes.goAway)) return `unknown frame type ${type}`;
    if (type === frameTypes.ping && this.streamId !== 0) return `PING on stream ${this.streamId}`;
    if (this.streamId === 0 && !this.#isOfSession()) return `frame of type ${type} on stream 0`;
    if (type !== frameTypes.data && this.bodyLength !== 4) return `body of ${this.bodyLength} bytes, not 4`;
    if (this.bodyLength > this.#maxFrameBytes) return `body of ${this.bodyLength} bytes, over ${this.#maxFrameBytes}`;
    return '';
  }

  #isOfSession(): boolean {
    if (!this.#hasSessionFrames) return false;
    return this.#type === frameTypes.ping || this.#type === frameTypes.windowIncrement;
  }

  #readValue(): FrameEvent {
    this.#headLength = 0;
    this.#headNeeded = frameHeaderBytes;
    this.value = uint32(this.#head, frameHeaderBytes);
    if (this.#type === frameTypes.reset) return 'reset';
    if (this.#type === frameTypes.ping) return 'ping';
    this.value &= 0x7fffffff;
    return 'windowIncrement';
  }

  #readGoAway(): FrameEvent {
    const body = this.#chunk.subarray(this.#offset);
    this.#release();
    this.#isOver = true;
    this.value = body.length < goAwayHeadBytes ? 0 : body.readUInt32BE(4);
    this.payload = body.subarray(goAwayHeadBytes);
    return 'goAway';
  }

  #fail(problem: string): FrameEvent {
    this.#release();
    this.#isOver = true;
    this.problem = problem;
    return 'malformed';
  }
}

function uint24(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
}

function uint32(bytes: Uint8Array, at: number): number {
  return uint24(bytes, at) * 256 + (bytes[at + 3] ?? 0);
}
