import { frameFlags, frameHeaderBytes, frameTypes } from '../protocol.ts';

const firstCapacity = 256;

/** Whole frames, one behind the other in one piece of memory: what is written to the transport at once. */
export class FrameBuffer {
  #memory: Buffer;
  #length = 0;

  /** @param memory Written to from its start; a larger one takes its place when it is full. */
  constructor(memory: Buffer = Buffer.allocUnsafe(firstCapacity)) {
    this.#memory = memory;
  }

  /** What the frames were written into. */
  get memory(): Buffer {
    return this.#memory;
  }

  get length(): number {
    return this.#length;
  }

  /** The frames so far, not copied: valid until the next frame is added. */
  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  data(streamId: number, flags: number, payload: Uint8Array): void {
    this.dataHeader(streamId, flags, payload.length);
    this.append(payload);
  }

  /** A DATA header; exactly `length` bytes must be appended behind it. */
  dataHeader(streamId: number, flags: number, length: number): void {
    this.#header(length, (frameTypes.data << 4) | flags, streamId);
  }

  /** Bytes of a payload, or whole frames. */
  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#memory.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  fin(streamId: number): void {
    this.#header(0, (frameTypes.data << 4) | frameFlags.fin, streamId);
  }

  reset(streamId: number, code: number): void {
    this.#header(4, frameTypes.reset << 4, streamId);
    this.#uint32(code);
  }

  windowIncrement(streamId: number, increment: number): void {
    this.#header(4, frameTypes.windowIncrement << 4, streamId);
    this.#uint32(increment);
  }

  ping(number: number, flags: number): void {
    this.#header(4, (frameTypes.ping << 4) | flags, 0);
    this.#uint32(number);
  }

  goAway(lastStreamId: number, code: number, reason: string): void {
    const text = Buffer.from(reason);
    this.#header(8 + text.length, frameTypes.goAway << 4, 0);
    this.#uint32(lastStreamId);
    this.#uint32(code);
    this.append(text);
  }

  #header(length: number, typeAndFlags: number, streamId: number): void {
    this.#reserve(frameHeaderBytes);
    const bytes = this.#memory;
    const at = this.#length;
    bytes[at] = length >>> 16;
    bytes[at + 1] = length >>> 8;
    bytes[at + 2] = length;
    bytes[at + 3] = typeAndFlags;
    bytes[at + 4] = streamId >>> 24;
    bytes[at + 5] = streamId >>> 16;
    bytes[at + 6] = streamId >>> 8;
    bytes[at + 7] = streamId;
    this.#length = at + frameHeaderBytes;
  }

  #uint32(value: number): void {
    this.#reserve(4);
    this.#length = this.#memory.writeUInt32BE(value, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#memory.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#memory.length * 2));
    grown.set(this.bytes);
    this.#memory = grown;
  }
}
