import { AditError } from '@adit/contracts';
import { errorCodes, streamTypes } from '../protocol.ts';
import type { HeldBytes } from './held-bytes.ts';
import { MuxStream } from './mux-stream.ts';
import type { MuxProfile, MuxTimer } from './profiles.ts';
import { ReceiveHalf } from './receive-half.ts';
import { SendHalf } from './send-half.ts';
import type { SendQueue } from './send-queue.ts';
import { StreamReset } from './stream-reset.ts';
import { StreamTypeReader, streamHead } from './stream-type.ts';
import type { StreamWire } from './stream-wire.ts';
import type { WindowRule } from './window-rule.ts';

/** What a session gives to each of its streams. */
export interface StreamHost {
  readonly profile: MuxProfile;
  readonly timer: MuxTimer;
  readonly output: SendQueue;
  readonly rule: WindowRule;
  readonly held: HeldBytes;
  /**
   * A prepared stream goes on the wire: answers its id.
   *
   * @throws {AditError} 3200: the session is closed. 3210: too many streams are open.
   */
  enter(core: StreamCore): number;
  /** The 4 type bytes of a stream of the peer have come. */
  announce(stream: MuxStream): void;
  /** Something of a stream was read: the session may have something to grant. */
  settle(): void;
  /** The stream is over on the wire: its id means nothing any more. */
  forget(core: StreamCore): void;
}

/** What users hold of a stream: `MuxStream`, or a class of theirs that extends it. */
export type FaceClass<Face extends MuxStream> = new (wire: StreamWire) => Face;

/**
 * One stream as the session sees it: its two halves and how it ends. `MuxStream` is the face that users get; a stream of
 * the peer has none before its type is known, so one that dies earlier is simply dropped.
 */
export class StreamCore implements StreamWire {
  readonly isOwn: boolean;
  id: number;
  type = 0;
  /** Calls and heartbeats, and whatever has not told its type. */
  isUrgent = true;
  readonly #host: StreamHost;
  readonly #receive: ReceiveHalf;
  /** Null until the type is known, as is the face. */
  #send: SendHalf | null = null;
  #face: MuxStream | null = null;
  readonly #typeReader: StreamTypeReader | null;
  /** `prepared`: ours, not yet on the wire. `over`: nothing is sent or taken any more. */
  #stage: 'prepared' | 'open' | 'over';

  /** @param id Of a stream that the peer has opened; 0: our own, `prepare` follows. */
  constructor(host: StreamHost, id: number) {
    this.#host = host;
    this.id = id;
    this.isOwn = id === 0;
    this.#stage = this.isOwn ? 'prepared' : 'open';
    this.#typeReader = this.isOwn ? null : new StreamTypeReader();
    this.#receive = new ReceiveHalf(this, host.rule);
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
  /** See `ReceiveHalf.burdenAt`. */
  burdenAt(nowMs: number): number {
    return this.#receive.burdenAt(nowMs);
  }

  /** Makes it a stream of our own, not yet on the wire. */
  prepare<Face extends MuxStream>(type: number, FaceClass: FaceClass<Face>): Face {
    this.type = type;
    return this.#identify(new FaceClass(this));
  }

  // What the session says.

  /** A DATA frame begins. False: it may not, and the stream is reset. */
  admit(length: number): boolean {
    if (this.#receive.isFinReceived) return this.#refuse(errorCodes.streamClosed, 'sent data after its end');
    if (!this.#receive.admit(length)) return this.#refuse(errorCodes.flowControl, 'exceeded its window');
    return true;
  }

  receive(payload: Buffer): void {
    if (this.#stage === 'over') return;
    const isTypeDue = this.#face === null && this.#typeReader !== null;
    const rest = isTypeDue ? this.#readType(this.#typeReader, payload) : payload;
    if (rest.length > 0) this.#receive.receive(rest);
  }

  receiveFin(): void {
    if (this.#stage === 'over') return;
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
    if (this.#stage === 'over') return;
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
    this.#stage = 'over';
    this.#face?.destroy(error);
  }

  /** Resets the stream; its user gets `error`. */
  resetWith(code: number, error?: Error): void {
    if (this.#stage === 'open') this.#host.output.control().reset(this.id, code);
    this.#leave();
    this.#face?.destroy(error);
  }

  // What the halves say.

  sendGrant(bytes: number): void {
    this.#host.output.control().windowIncrement(this.id, bytes);
  }
  onHeld(difference: number): void {
    this.#host.held.add(this, difference);
    if (difference < 0) this.#host.settle();
  }

  // What the face says.

  open(first: Uint8Array): void {
    const send = this.#send;
    if (this.#stage !== 'prepared' || send === null) throw new TypeError('Only a prepared stream can be opened, once');
    const head = streamHead(this.type, first, this.#host.profile.maxSendFrameBytes);
    this.id = this.#host.enter(this);
    this.#stage = 'open';
    send.open(this.id, head);
    if (!this.isUrgent) this.#receive.widen();
    this.#forgetIfDone();
  }
  pull(): void {
    this.#receive.pull();
  }
  settle(): void {
    this.#receive.settle();
  }
  grantNow(): void {
    if (this.#stage === 'over') return;
    this.#receive.grantNow();
    if (!this.isOwn && !this.isUrgent) this.#receive.widen();
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
    if (this.#stage === 'open') this.#abort();
    this.#stage = 'over';
    this.#receive.close();
    this.#send?.fail(error);
  }

  // Inside.

  #identify<Face extends MuxStream>(face: Face): Face {
    this.isUrgent = this.type !== streamTypes.proxy;
    if (!this.isUrgent) this.#host.rule.noteUse();
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

  /** Answers what is behind the type. */
  #readType(reader: StreamTypeReader, payload: Buffer): Buffer {
    const count = reader.read(payload);
    this.#receive.skip(count);
    if (reader.isComplete) {
      this.type = reader.type;
      this.#host.announce(this.#identify(new MuxStream(this)));
    }
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
    if (this.#stage === 'over') return;
    this.#host.output.control().reset(this.id, errorCodes.streamCancelled);
    this.#leave();
  }

  #forgetIfDone(): void {
    if (this.#stage === 'open' && this.#receive.isFinReceived && this.#send?.isFinSent === true) this.#leave();
  }

  #leave(): void {
    if (this.#stage === 'open') this.#host.forget(this);
    this.#stage = 'over';
  }
}
