import { Undecodable } from './undecodable.ts';

/** What the frames of one direction say. Pieces are valid for the call only. */
export interface FrameSink {
  /** A whole header block. */
  headers(streamId: number, block: Buffer, endsStream: boolean): void;
  /** A block of a request that the service makes up. It counts for the table of headers, and for nothing else here. */
  promised(block: Buffer): void;
  data(streamId: number, piece: Buffer): void;
  /** The end of a stream in this direction that came with data. */
  ended(streamId: number): void;
  reset(streamId: number, errorCode: number): void;
}

const frameTypes = { data: 0, headers: 1, reset: 3, pushPromise: 5, continuation: 9 } as const;
const flags = { endStream: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;
const headBytes = 9;
const priorityBytes = 5;
const promisedIdBytes = 4;
const maxPaddingBytes = 256;

interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
}

interface OpenBlock extends Frame {
  readonly pieces: Buffer[];
  bytes: number;
}

/**
 * Reads the frames of one direction of an HTTP/2 connection (RFC 9113 §4, §6) from bytes in whatever pieces. Content passes
 * by as it comes; kept are only header blocks that are not whole, within `maxHeadBytes`. Frames that say nothing of requests
 * and answers are passed over. Throws `Undecodable`, and is not to be used any further then.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #maxHeadBytes: number;
  readonly #head = Buffer.alloc(headBytes);
  #headBytes = 0;
  #frame: Frame = { type: -1, flags: 0, streamId: 0 };
  /** Bytes of the payload that are still to come. */
  #left = 0;
  /** Of a DATA frame: whether the length of its padding is still to come, and what of the end is padding. */
  #awaitsPadding = false;
  #padding = 0;
  /** A payload that has to be whole. */
  #kept: Buffer | null = null;
  #keptBytes = 0;
  #block: OpenBlock | null = null;

  constructor(sink: FrameSink, { maxHeadBytes }: { readonly maxHeadBytes: number }) {
    this.#sink = sink;
    this.#maxHeadBytes = maxHeadBytes;
  }

  read(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#headBytes < headBytes) at += this.#readHead(bytes.subarray(at));
      else at += this.#readPayload(bytes.subarray(at, at + this.#left));
      if (this.#headBytes === headBytes && this.#left === 0) this.#endFrame();
    }
  }

  #readHead(bytes: Buffer): number {
    const taken = bytes.copy(this.#head, this.#headBytes);
    this.#headBytes += taken;
    if (this.#headBytes === headBytes) this.#beginFrame();
    return taken;
  }

  #beginFrame(): void {
    const streamId = this.#head.readUInt32BE(5) & 0x7fff_ffff;
    const frame = { type: this.#head.readUInt8(3), flags: this.#head.readUInt8(4), streamId };
    this.#frame = frame;
    this.#left = this.#head.readUIntBE(0, 3);
    const block = this.#block;
    const continuesBlock = frame.type === frameTypes.continuation && frame.streamId === block?.streamId;
    if ((block !== null || frame.type === frameTypes.continuation) && !continuesBlock)
      throw new Undecodable('frames come in a wrong order');
    this.#padding = 0;
    this.#awaitsPadding = frame.type === frameTypes.data && isSet(frame, flags.padded);
    if (this.#awaitsPadding && this.#left === 0) throw new Undecodable('a frame is too short');
    this.#kept = this.#mustKeep(frame.type) ? Buffer.allocUnsafe(this.#left) : null;
    this.#keptBytes = 0;
  }

  #mustKeep(type: number): boolean {
    if (type === frameTypes.reset && this.#left !== 4) throw new Undecodable('a frame has a wrong length');
    const isBlock = type === frameTypes.headers || type === frameTypes.pushPromise || type === frameTypes.continuation;
    const bytes = this.#left + (this.#block?.bytes ?? 0);
    if (isBlock && bytes > this.#maxHeadBytes + maxPaddingBytes) throw new Undecodable('the headers are too large');
    return isBlock || type === frameTypes.reset;
  }

  /** Takes all it is given. */
  #readPayload(bytes: Buffer): number {
    this.#left -= bytes.length;
    if (this.#kept !== null) this.#keptBytes += bytes.copy(this.#kept, this.#keptBytes);
    else if (this.#frame.type === frameTypes.data) this.#readData(bytes);
    return bytes.length;
  }

  #readData(bytes: Buffer): void {
    let content = bytes;
    if (this.#awaitsPadding && bytes.length > 0) {
      this.#awaitsPadding = false;
      this.#padding = bytes.readUInt8(0);
      content = bytes.subarray(1);
      if (this.#padding > content.length + this.#left) throw new Undecodable('a frame is padded in a wrong way');
    }
    const length = Math.min(content.length, content.length + this.#left - this.#padding);
    if (length > 0) this.#sink.data(this.#frame.streamId, content.subarray(0, length));
  }

  #endFrame(): void {
    const { type, streamId } = this.#frame;
    const kept = this.#kept ?? empty;
    this.#kept = null;
    this.#headBytes = 0;
    if (type === frameTypes.data && isSet(this.#frame, flags.endStream)) this.#sink.ended(streamId);
    else if (type === frameTypes.reset) this.#sink.reset(streamId, kept.readUInt32BE(0));
    else if (type === frameTypes.headers) this.#beginBlock(kept, priorityBytes);
    else if (type === frameTypes.pushPromise) this.#beginBlock(kept, promisedIdBytes);
    else if (type === frameTypes.continuation) this.#addToBlock(kept);
  }

  /** What stands in front of the fragment in a HEADERS frame is there only by a flag. */
  #beginBlock(payload: Buffer, fieldBytes: number): void {
    const frame = this.#frame;
    const isPadded = isSet(frame, flags.padded);
    const padding = isPadded ? (payload[0] ?? maxPaddingBytes) : 0;
    const hasField = frame.type === frameTypes.pushPromise || isSet(frame, flags.priority);
    const start = (isPadded ? 1 : 0) + (hasField ? fieldBytes : 0);
    if (start + padding > payload.length) throw new Undecodable('a frame is padded in a wrong way');
    this.#block = { ...frame, pieces: [], bytes: 0 };
    this.#addToBlock(payload.subarray(start, payload.length - padding));
  }

  #addToBlock(fragment: Buffer): void {
    const block = this.#block;
    if (block === null) return;
    block.bytes += fragment.length;
    // Fragments without a byte could come without end.
    if (fragment.length > 0) block.pieces.push(fragment);
    if (!isSet(this.#frame, flags.endHeaders)) return;
    this.#block = null;
    const [only = empty] = block.pieces;
    const whole = block.pieces.length > 1 ? Buffer.concat(block.pieces, block.bytes) : only;
    if (block.type === frameTypes.pushPromise) this.#sink.promised(whole);
    else this.#sink.headers(block.streamId, whole, isSet(block, flags.endStream));
  }
}

const empty = Buffer.alloc(0);

function isSet(frame: Frame, flag: number): boolean {
  return (frame.flags & flag) !== 0;
}
