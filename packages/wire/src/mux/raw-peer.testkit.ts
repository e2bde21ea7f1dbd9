import type { AditError } from '@adit/contracts';
import { FrameBuffer } from '../frames/frame-buffer.ts';
import { type Frame, FrameCollector, toText } from '../frames/frame-text.testkit.ts';
import { HandTimer } from './hand-timer.testkit.ts';
import type { HeldBudget } from './held-budget.ts';
import { type MemoryEnd, memoryPair } from './memory-pair.testkit.ts';
import { MuxSession } from './mux-session.ts';
import type { MuxStream } from './mux-stream.ts';
import { type MuxProfile, ngrokProfile } from './profiles.ts';

/** Lets everything happen that needs no time to pass. */
export async function turn(): Promise<void> {
  for (let round = 0; round < 6; round++) await new Promise((resolve) => setImmediate(resolve));
}

/** A session, and a peer that the test plays frame by frame. */
export class RawPeer {
  readonly timer = new HandTimer();
  readonly session: MuxSession;
  /** Streams that this peer has opened, as the session gave them out. */
  readonly streams: MuxStream[] = [];
  /** What `onClose` was called with. */
  readonly closes: (AditError | null)[] = [];
  readonly transport: MemoryEnd;
  readonly #end: MemoryEnd;
  readonly #collector: FrameCollector;

  constructor(role: 'client' | 'server' = 'server', profile: MuxProfile = ngrokProfile, budget?: HeldBudget) {
    this.#collector = new FrameCollector(16 * 1024 * 1024, profile.hasSessionFrames);
    const [ours, theirs] = memoryPair();
    this.transport = ours;
    this.#end = theirs;
    theirs.on('data', (chunk: Buffer) => this.#collector.feed(chunk));
    this.session = new MuxSession(ours, {
      role,
      profile,
      timer: this.timer,
      ...(budget && { budget }),
      onStream: (stream) => this.streams.push(stream),
      onClose: (error) => this.closes.push(error),
    });
  }

  /** What came since the last time, as frames. */
  async frames(): Promise<Frame[]> {
    await turn();
    return this.#collector.frames.splice(0);
  }

  /** What came since the last time, one line for each frame. */
  async lines(): Promise<string[]> {
    return (await this.frames()).map(toText);
  }

  /** Sends frames, all in one piece. */
  async send(write: (frames: FrameBuffer) => void): Promise<void> {
    const frames = new FrameBuffer();
    write(frames);
    this.#end.write(Buffer.from(frames.bytes));
    await turn();
  }

  async sendBytes(bytes: Buffer): Promise<void> {
    this.#end.write(bytes);
    await turn();
  }

  /** Opens a stream of a type; answers it. */
  async open(streamId: number, type: number): Promise<MuxStream> {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(type);
    await this.send((frames) => frames.data(streamId, 2, head));
    const stream = this.streams.at(-1);
    if (stream === undefined || stream.id !== streamId) throw new Error(`Stream ${streamId} was not announced`);
    return stream;
  }

  /** Does not read any more: the session's transport fills up. */
  stopReading(): void {
    this.#end.pause();
  }

  resumeReading(): void {
    this.#end.resume();
  }

  /** Does not end its direction when the session has ended the other. */
  keepOpen(): void {
    this.#end.allowHalfOpen = true;
  }

  end(): void {
    this.#end.end();
  }

  get isTransportEnded(): boolean {
    return this.transport.writableEnded;
  }
}
