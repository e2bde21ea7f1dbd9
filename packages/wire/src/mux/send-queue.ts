import { FrameBuffer } from '../frames/frame-buffer.ts';
import { frameHeaderBytes } from '../protocol.ts';
import type { PayloadSource } from './payload-source.ts';
import { releaseWriteMemory, takeWriteMemory } from './write-memory.ts';
import { youngMemory } from './young-memory.ts';

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
  /** What may be sent on all streams together before the peer grants more. Infinite: as much as their own windows allow. */
  readonly sessionWindowBytes: number;
  /** The sink does not look at bytes that it has called back as written, so their memory can be used again. */
  readonly canReuseMemory: boolean;
  /** The peer makes us answer and does not read the answers. */
  onOverflow(): void;
}

/** Payload gathered into one write. More would save little, and would make a late heartbeat later. */
const maxGatheredBytes = 128 * 1024;
const maxWindow = 0x7fffffff;
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
  /** Bulk waits while it is used up; what is urgent does not, and may make it negative. */
  #sessionWindow: number;
  #isScheduled = false;
  #isBlocked = false;
  #isOver = false;

  constructor(sink: FrameSink, options: SendQueueOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#sessionWindow = options.sessionWindowBytes;
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

  /** Payload goes out by `control`, without waiting. */
  spend(bytes: number): void {
    this.#sessionWindow -= bytes;
  }

  /** The peer takes so many bytes more, on all streams together. False: that is more than a window can be. */
  grant(bytes: number): boolean {
    if (this.#sessionWindow + bytes > maxWindow) return false;
    this.#sessionWindow += bytes;
    if (this.#bulk.length > 0) this.#schedule();
    return true;
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
    youngMemory.note(frames.length);
    this.#isBlocked = !this.#sink.write(frames.bytes, this.#onWritten(frames.memory));
    for (const source of sources) source.onSent();
    if (this.#urgent.length > 0 || (this.#bulk.length > 0 && this.#sessionWindow > 0)) this.#schedule();
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
    const maxBytes = this.#options.maxSendFrameBytes;
    while (bytes < budget) {
      const limit = queue === this.#urgent ? maxBytes : Math.min(maxBytes, this.#sessionWindow);
      if (limit <= 0) break;
      const source = queue.shift();
      if (source === undefined) break;
      const size = source.reserve(limit);
      source.isQueued = size > 0;
      if (size === 0) continue;
      this.#sessionWindow -= size;
      queue.push(source);
      plan.sources.push(source);
      plan.sizes.push(size);
      bytes += frameHeaderBytes + size;
    }
    return bytes;
  }
}

function ignoreWritten(): void {}
