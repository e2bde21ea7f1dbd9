import { AditError } from '@adit/contracts';
import { errorCodes, streamTypes } from '../protocol.ts';
import { MuxStream, StreamReset, type StreamWire } from './mux-stream.ts';
import type { MuxProfile, MuxTimer } from './profiles.ts';
import { ReceiveHalf } from './receive-half.ts';
import { SendHalf } from './send-half.ts';
import type { SendQueue } from './send-queue.ts';

/** What a session gives to each of its streams. */
export interface StreamHost {
  readonly profile: MuxProfile;
  readonly timer: MuxTimer;
  readonly output: SendQueue;
  /** The 4 type bytes of a stream of the peer have come. */
  announce(stream: MuxStream): void;
  /** The stream is over on the wire: its id means nothing any more. */
  forget(core: StreamCore): void;
  /** Bytes that were received and that nobody has read: so many more, or less. */
  addHeldBytes(difference: number): void;
}

const typeLength = 4;

/**
 * One stream as the session sees it: its two halves and how it ends. `MuxStream` is the face that users get; a stream of
 * the peer has none before its type is known, so one that dies earlier is simply dropped.
 */
export class StreamCore implements StreamWire {
  readonly id: number;
  readonly isOwn: boolean;
  type = 0;
  readonly #host: StreamHost;
  readonly #receive: ReceiveHalf;
  /** Null until the type is known. */
  #send: SendHalf | null = null;
  #face: MuxStream | null = null;
  #typeBytesRead = 0;
  /** Nothing is sent or taken any more. */
  #isOver = false;

  /** @param type Of our own stream; null: the peer has opened it and will say. */
  constructor(host: StreamHost, id: number, type: number | null) {
    this.#host = host;
    this.id = id;
    this.isOwn = type !== null;
    this.#receive = new ReceiveHalf({
      windowBytes: host.profile.initialWindowBytes,
      grant: (bytes) => host.output.control().windowIncrement(id, bytes),
      onHeld: host.addHeldBytes,
    });
    if (type !== null) this.#identify(type);
  }

  get timer(): MuxTimer {
    return this.#host.timer;
  }
  get consumedByPeer(): number {
    return this.#send?.consumedByPeer ?? 0;
  }
  get heldBytes(): number {
    return this.#receive.heldBytes;
  }
  get isUrgent(): boolean {
    return this.type !== streamTypes.proxy;
  }

  // ── What the session says ──

  /** Sends the frame that opens the stream: its type and the first payload. */
  open(head: Uint8Array): MuxStream {
    if (this.#send === null || this.#face === null) throw new TypeError('Only a stream of our own can be opened');
    this.#send.open(head);
    return this.#face;
  }

  /** A DATA frame begins. False: it may not, and the stream is reset. */
  admit(length: number): boolean {
    if (this.#receive.isFinReceived) return this.#refuse(errorCodes.streamClosed, 'sent data after its end');
    if (!this.#receive.admit(length)) return this.#refuse(errorCodes.flowControl, 'exceeded its window');
    return true;
  }

  receive(payload: Buffer): void {
    if (this.#isOver) return;
    const rest = this.#face === null ? this.#readType(payload) : payload;
    if (rest.length > 0) this.#receive.receive(rest);
  }

  receiveFin(): void {
    if (this.#isOver) return;
    this.#receive.finish();
    if (this.#face === null) this.#endUnidentified();
    else this.#forgetIfDone();
  }

  grant(bytes: number): void {
    if (this.#send?.grant(bytes) === false) this.#refuse(errorCodes.flowControl, 'granted too much');
  }

  receiveReset(code: number): void {
    this.cut(new StreamReset(code));
  }

  /** The wire is gone. What the peer has sent completely can still be read. */
  cut(error: Error): void {
    const face = this.#face;
    if (this.#isOver) return;
    this.#leave();
    if (face === null) return;
    if (!this.#receive.isFinReceived || face.readableEnded) {
      face.destroy(error);
      return;
    }
    this.#send?.discard();
    face.once('end', () => {
      if (!face.writableFinished) face.destroy(error);
    });
  }

  /** The wire is gone, and so is what was not read. */
  kill(error: Error): void {
    this.#isOver = true;
    this.#face?.destroy(error);
  }

  /** Resets the stream; its user gets `error`. */
  resetWith(code: number, error?: Error): void {
    if (!this.#isOver) {
      this.#host.output.control().reset(this.id, code);
      this.#leave();
    }
    this.#face?.destroy(error);
  }

  // ── What the face says ──

  pull(): void {
    this.#receive.pull();
  }
  settle(): void {
    this.#receive.settle();
  }
  grantNow(): void {
    if (!this.#isOver) this.#receive.grantNow();
  }
  write(batch: readonly Uint8Array[], onWritten: (error?: Error | null) => void): void {
    this.#send?.write(batch, onWritten);
  }
  finish(): void {
    this.#send?.sendFin();
    this.#forgetIfDone();
  }
  reset(code: number): void {
    this.resetWith(code);
  }

  close(error: Error | null): void {
    if (!this.#isOver) this.#abort();
    this.#receive.close();
    this.#send?.fail(error ?? new Error('The stream was destroyed'));
  }

  // ── Inside ──

  #identify(type: number): MuxStream {
    this.type = type;
    const face = new MuxStream(this);
    this.#send = new SendHalf(this.#host.output, {
      id: this.id,
      isUrgent: this.isUrgent,
      windowBytes: this.#host.profile.initialWindowBytes,
    });
    this.#send.face = face;
    this.#receive.face = face;
    this.#face = face;
    return face;
  }

  /** The type may come in pieces. Answers what is behind it. */
  #readType(payload: Buffer): Buffer {
    const count = Math.min(typeLength - this.#typeBytesRead, payload.length);
    for (const byte of payload.subarray(0, count)) this.type = this.type * 256 + byte;
    this.#typeBytesRead += count;
    this.#receive.skip(count);
    if (this.#typeBytesRead === typeLength) this.#host.announce(this.#identify(this.type));
    return payload.subarray(count);
  }

  #refuse(code: number, problem: string): false {
    this.resetWith(code, new AditError(9400, `Cannot go on with stream ${this.id}: the peer ${problem}`));
    return false;
  }

  #endUnidentified(): void {
    this.#host.output.control().fin(this.id);
    this.#leave();
  }

  /** A heartbeat gets no FIN: the Rust client would spin on it (agent protocol, §8). */
  #abort(): void {
    if (this.type !== streamTypes.heartbeat) this.#send?.sendFin();
    this.#forgetIfDone();
    if (this.#isOver) return;
    this.#host.output.control().reset(this.id, errorCodes.streamCancelled);
    this.#leave();
  }

  #forgetIfDone(): void {
    if (!this.#isOver && this.#receive.isFinReceived && this.#send?.isFinSent === true) this.#leave();
  }

  #leave(): void {
    this.#isOver = true;
    this.#host.forget(this);
  }
}
