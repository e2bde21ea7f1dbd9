import { FrameBuffer } from '../frames/frame-buffer.ts';
import { frameHeaderBytes } from '../protocol.ts';
import { releaseWriteMemory, takeWriteMemory } from './write-memory.ts';

/** A stream that has payload to send, as the queue sees it. */
export interface PayloadSource {
  /** Calls and heartbeats go before proxied connections. */
  readonly isUrgent: boolean;
  /** Kept by the queue: it will be asked. */
  isQueued: boolean;
  /** Takes up to `maxBytes` off what may be sent now and answers how many; 0: nothing. `putFrame` follows. */
  reserve(maxBytes: number): number;
  /** Appends one DATA frame with the oldest `size` reserved bytes. */
  putFrame(frames: FrameBuffer, size: number): void;
  /** The frames are on their way. Called once for each. */
  onSent(): void;
}

/** Where whole frames go: the part of the transport that the queue uses. */
export interface FrameSink {
  /** False: no more until the queue's `resume` is called. */
  write(bytes: Buffer, onWritten: (error?: Error | null) => void): boolean;
  end(bytes: Buffer): void;
}

/** The contents of GOAWAY. */
export interface Farewell {
  readonly lastStreamId: number;
  readonly code: number;
  readonly reason: string;
}

interface SendQueueOptions {
  /** Largest DATA payload. */
  readonly maxSendFrameBytes: number;
  /** The sink does not look at bytes that it has called back as written, so their memory can be used again. */
  readonly canReuseMemory: boolean;
  /** The peer makes us answer and does not read the answers. */
  onOverflow(): void;
}

/** Payload gathered into one write. More would save little, and would make a late heartbeat later. */
const maxGatheredBytes = 128 * 1024;
/** Frames about streams (opened, granted, reset) that wait for a peer who does not read. */
const maxControlBytes = 1024 * 1024;

let flushScheduled: (queue: SendQueue) => void;

/**
 * All that leaves a session. Frames of one turn of the event loop are gathered into one buffer and one write, so that a
 * hundred small answers cost one TLS record and one system call. Frames about streams go first, then calls and
 * heartbeats, then proxied connections; streams that wait take turns frame by frame. While the transport is full
 * nothing is taken from the streams, so a peer that does not read costs one gathered write and their own buffers.
 */
export class SendQueue {
  readonly #sink: FrameSink;
  readonly #options: SendQueueOptions;
  #control: FrameBuffer | null = null;
  readonly #urgent: PayloadSource[] = [];
  readonly #bulk: PayloadSource[] = [];
  #isScheduled = false;
  #isBlocked = false;
  #isOver = false;

  constructor(sink: FrameSink, options: SendQueueOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  /** For frames that go in the order of these calls, before any payload that is not yet sent. */
  control(): FrameBuffer {
    this.#control ??= new FrameBuffer();
    this.#schedule();
    if (this.#control.length > maxControlBytes && !this.#isOver) this.#options.onOverflow();
    return this.#control;
  }

  /** The stream may send now. */
  add(source: PayloadSource): void {
    if (source.isQueued || this.#isOver) return;
    source.isQueued = true;
    (source.isUrgent ? this.#urgent : this.#bulk).push(source);
    this.#schedule();
  }

  /** The transport takes bytes again. */
  resume(): void {
    this.#isBlocked = false;
    this.#flush();
  }

  /** Sends what calls still have to say, then GOAWAY, and ends the transport. Nothing is sent afterwards. */
  finish(farewell: Farewell): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const frames = this.#gather({ urgent: Number.POSITIVE_INFINITY, bulk: 0 }, []);
    frames.goAway(farewell.lastStreamId, farewell.code, farewell.reason);
    this.#sink.end(frames.bytes);
  }

  /** Nothing is sent any more. */
  close(): void {
    this.#isOver = true;
  }

  /**
   * Not at once, so that the turn's other frames come along; not in a microtask, so that those of all sockets which
   * became readable together do. Still the same turn of the event loop: its check phase follows the poll phase.
   */
  #schedule(): void {
    if (this.#isScheduled || this.#isBlocked || this.#isOver) return;
    this.#isScheduled = true;
    setImmediate(flushScheduled, this);
  }

  static {
    flushScheduled = (queue) => {
      queue.#isScheduled = false;
      queue.#flush();
    };
  }

  #flush(): void {
    if (this.#isOver || this.#isBlocked) return;
    const sources: PayloadSource[] = [];
    const frames = this.#gather({ urgent: maxGatheredBytes, bulk: maxGatheredBytes }, sources);
    if (frames.length === 0) return;
    this.#isBlocked = !this.#sink.write(frames.bytes, this.#onWritten(frames.memory));
    for (const source of sources) source.onSent();
    if (this.#urgent.length + this.#bulk.length > 0) this.#schedule();
  }

  #onWritten(memory: Buffer): (error?: Error | null) => void {
    if (!this.#options.canReuseMemory) return ignoreWritten;
    return (error) => {
      // After a failure the transport may still hold the bytes.
      if (!error) releaseWriteMemory(memory);
    };
  }

  /** Takes the waiting frames. `sources` is filled with who sends payload, once for each frame. */
  #gather(budget: { urgent: number; bulk: number }, sources: PayloadSource[]): FrameBuffer {
    const control = this.#control;
    this.#control = null;
    const sizes: number[] = [];
    const urgentBytes = this.#reserve(this.#urgent, budget.urgent, { sources, sizes });
    const payloadBytes = urgentBytes + this.#reserve(this.#bulk, budget.bulk - urgentBytes, { sources, sizes });
    if (payloadBytes === 0) return control ?? new FrameBuffer();
    const frames = new FrameBuffer(takeWriteMemory(payloadBytes + (control?.length ?? 0)));
    if (control !== null) frames.append(control.bytes);
    for (const [index, source] of sources.entries()) source.putFrame(frames, sizes[index] ?? 0);
    return frames;
  }

  /** Gives each waiting stream a frame in turn until all are served or the budget is used. Answers bytes of frames. */
  #reserve(queue: PayloadSource[], budget: number, plan: { sources: PayloadSource[]; sizes: number[] }): number {
    let bytes = 0;
    while (bytes < budget) {
      const source = queue.shift();
      if (source === undefined) break;
      const size = source.reserve(this.#options.maxSendFrameBytes);
      source.isQueued = size > 0;
      if (size === 0) continue;
      queue.push(source);
      plan.sources.push(source);
      plan.sizes.push(size);
      bytes += frameHeaderBytes + size;
    }
    return bytes;
  }
}

function ignoreWritten(): void {}
