import type { Duplex } from 'node:stream';
import { AditError } from '@adit/contracts';
import { FrameParser } from '../frames/frame-parser.ts';
import { errorCodes, frameFlags, streamTypes } from '../protocol.ts';
import type { MuxStream } from './mux-stream.ts';
import type { MuxProfile, MuxTimer } from './profiles.ts';
import { SendQueue } from './send-queue.ts';
import { StreamAllowance } from './stream-allowance.ts';
import { StreamCore, type StreamHost } from './stream-core.ts';

export interface MuxSessionOptions {
  readonly role: 'client' | 'server';
  readonly profile: MuxProfile;
  readonly timer: MuxTimer;
  /**
   * True: the transport is done with bytes when it calls a write back, and their memory is used again, which makes bulk a
   * sixth cheaper. So it is with TCP and TLS sockets; not with streams that hand buffers on. Default false.
   */
  readonly reuseWriteMemory?: boolean;
  /**
   * The peer has opened a stream and its type has been read (`stream.type`). Called inside the read of the transport;
   * attach handlers at once. The callee owns the stream.
   */
  onStream(stream: MuxStream): void;
  /**
   * The session is over; called once, after all streams were told. Null: ended by GOAWAY or by the end of the
   * transport. Else 9400: the peer broke the protocol; 9005: the transport failed; or what `destroy` was given.
   */
  onClose(error: AditError | null): void;
}

/** Streams above the server's limit that are kept for commands and heartbeats. */
const reservedStreams = 16;
/** After GOAWAY, how long the transport may take to hand over its last bytes and be closed by the peer. */
const closingMs = 5_000;
const maxStreamId = 0x7fffffff;
/** Reasons from the peer are shown to operators. */
const maxReasonLength = 200;

/**
 * One session of the agent protocol over one connection: streams, windows, how it ends (agent protocol, §4 to §6). It
 * owns the transport from the constructor on. Whatever the peer sends, it never throws: a stream is reset, or the
 * session ends with GOAWAY.
 */
export class MuxSession {
  readonly #transport: Duplex;
  readonly #options: MuxSessionOptions;
  readonly #parser: FrameParser;
  readonly #output: SendQueue;
  readonly #host: StreamHost;
  readonly #streams = new Map<number, StreamCore>();
  /** Null for a client: a server opens as many as it has visitors. */
  readonly #allowance: StreamAllowance | null;
  #nextId: number;
  #lastPeerId = 0;
  #ownStreamCount = 0;
  #heldBytes = 0;
  #isClosed = false;
  /** Where the DATA frame under way goes; null: nowhere. */
  #target: StreamCore | null = null;
  #isFinPending = false;

  constructor(transport: Duplex, options: MuxSessionOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#nextId = options.role === 'client' ? 3 : 2;
    this.#parser = new FrameParser(options.profile.maxFrameBytes);
    this.#allowance = options.role === 'server' ? new StreamAllowance(options.profile, options.timer) : null;
    this.#output = new SendQueue(transport, {
      maxSendFrameBytes: options.profile.maxSendFrameBytes,
      canReuseMemory: options.reuseWriteMemory ?? false,
      onOverflow: () => this.destroy(new AditError(9400, 'Cannot answer the peer: it does not read')),
    });
    this.#host = {
      profile: options.profile,
      timer: options.timer,
      output: this.#output,
      announce: (stream) => options.onStream(stream),
      forget: (core) => this.#forget(core),
      addHeldBytes: (difference) => this.#addHeldBytes(difference),
    };
    this.#listen();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Streams of both sides that are open, on the wire. */
  get openStreamCount(): number {
    return this.#streams.size;
  }

  get timer(): MuxTimer {
    return this.#options.timer;
  }

  /**
   * Opens a stream. Type and `first` go out in one frame; nothing answers it.
   *
   * @param first At most `maxSendFrameBytes` - 4 bytes.
   * @throws {AditError} 3200: the session is closed. 3210: too many streams are open.
   */
  open(type: number, first: Uint8Array = new Uint8Array(0)): MuxStream {
    if (this.#isClosed) throw new AditError(3200, 'Cannot open a stream: the session is closed');
    if (this.#ownStreamCount >= this.#ownLimit(type) || this.#nextId > maxStreamId) {
      throw new AditError(3210, `Cannot open a stream: ${this.#ownStreamCount} are open`);
    }
    const core = new StreamCore(this.#host, this.#nextId, type);
    const stream = core.open(streamHead(type, first, this.#options.profile.maxSendFrameBytes));
    this.#nextId += 2;
    this.#ownStreamCount++;
    this.#streams.set(core.id, core);
    return stream;
  }

  /** Ends the session: sends what calls still have to say, GOAWAY and nothing after it, and ends the transport. */
  goAway(code: number, text: string): void {
    this.#close({ code, text }, null);
  }

  /** Ends the session at once, and its streams with 9005. What is unread is lost. */
  destroy(error?: AditError): void {
    this.#transport.destroy();
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#output.close();
    const lost = new AditError(9005, undefined, { cause: error });
    for (const core of this.#takeStreams()) core.kill(lost);
    this.#options.onClose(error ?? null);
  }

  #listen(): void {
    const transport = this.#transport;
    transport.on('data', (chunk: Buffer) => this.#onChunk(chunk));
    transport.on('drain', () => this.#output.resume());
    transport.on('end', () => this.#close(null, null));
    transport.on('error', (cause) => this.#fail(cause));
    transport.on('close', () => this.#fail(undefined));
  }

  #ownLimit(type: number): number {
    const { role, profile } = this.#options;
    if (role === 'client') return profile.maxClientStreams;
    return type === streamTypes.proxy ? profile.maxServerStreams : profile.maxServerStreams + reservedStreams;
  }

  get #peerLimit(): number {
    const { role, profile } = this.#options;
    return role === 'server' ? profile.maxClientStreams : profile.maxServerStreams + reservedStreams;
  }

  // ── Frames of the peer ──

  #onChunk(chunk: Buffer): void {
    if (this.#isClosed) return;
    this.#parser.feed(chunk);
    let isMore = true;
    while (isMore) isMore = this.#onFrame() && !this.#isClosed;
  }

  /** Answers false when the chunk is used up. */
  #onFrame(): boolean {
    const parser = this.#parser;
    switch (parser.next()) {
      case 'none':
        return false;
      case 'data':
        this.#onData(parser.streamId, parser.flags, parser.bodyLength);
        return true;
      case 'payload':
        this.#target?.receive(parser.payload);
        if (parser.bodyLeft === 0) this.#onDataEnd();
        return true;
      case 'reset':
        this.#streams.get(parser.streamId)?.receiveReset(parser.value);
        return true;
      case 'windowIncrement':
        this.#streams.get(parser.streamId)?.grant(parser.value);
        return true;
      case 'goAway':
        this.#onGoAway(parser.value, parser.payload);
        return false;
      case 'malformed':
        this.#breach(errorCodes.protocolError, parser.problem);
        return false;
    }
  }

  #onData(streamId: number, flags: number, length: number): void {
    const isOpening = (flags & frameFlags.syn) !== 0;
    const isLast = (flags & frameFlags.fin) !== 0;
    const known = this.#streams.get(streamId);
    if (isOpening && (known !== undefined || !this.#isPeerId(streamId)))
      return this.#breach(errorCodes.protocolError, `cannot open stream ${streamId}`);
    if (isOpening && this.#allowance?.take() === false)
      return this.#breach(errorCodes.enhanceYourCalm, 'streams are opened too fast');
    const core = isOpening ? this.#accept(streamId) : known;
    if (!isOpening && core === undefined && !(isLast && length === 0)) {
      this.#output.control().reset(streamId, errorCodes.streamClosed);
    }
    this.#target = core?.admit(length) === true ? core : null;
    this.#isFinPending = isLast;
    if (length === 0) this.#onDataEnd();
  }

  #onDataEnd(): void {
    const target = this.#target;
    this.#target = null;
    if (this.#isFinPending) target?.receiveFin();
  }

  /** Undefined: one too many, refused. */
  #accept(streamId: number): StreamCore | undefined {
    this.#lastPeerId = Math.max(this.#lastPeerId, streamId);
    if (this.#streams.size - this.#ownStreamCount >= this.#peerLimit) {
      this.#output.control().reset(streamId, errorCodes.streamRefused);
      return undefined;
    }
    const core = new StreamCore(this.#host, streamId, null);
    this.#streams.set(streamId, core);
    return core;
  }

  #isPeerId(streamId: number): boolean {
    return (streamId % 2 === 1) === (this.#options.role === 'server');
  }

  /** After a GOAWAY nothing is read: the Go client's next 8 bytes, the Rust client's length are wrong (§6). */
  #onGoAway(code: number, reason: Buffer): void {
    if (code === errorCodes.noError) {
      this.#close(null, null);
      return;
    }
    const text = reason.toString('utf8', 0, maxReasonLength);
    this.#close(null, new AditError(9400, `Session ended by the peer with code ${code}: ${JSON.stringify(text)}`));
  }

  #breach(code: number, problem: string): void {
    this.#close({ code, text: problem }, new AditError(9400, `Cannot read the peer's frames: ${problem}`));
  }

  // ── Ends ──

  #fail(cause: Error | undefined): void {
    if (!this.#isClosed) this.#close(null, new AditError(9005, 'The connection to the peer was lost', { cause }));
  }

  #close(farewell: { code: number; text: string } | null, error: AditError | null): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (farewell === null) this.#transport.end();
    else this.#output.finish({ lastStreamId: this.#lastPeerId, code: farewell.code, reason: farewell.text });
    this.#output.close();
    this.#destroyTransportSoon();
    const lost = new AditError(9005, undefined, { cause: error });
    for (const core of this.#takeStreams()) core.cut(lost);
    this.#options.onClose(error);
  }

  #destroyTransportSoon(): void {
    if (this.#transport.closed) return;
    this.#transport.once(
      'close',
      this.#options.timer.after(closingMs, () => this.#transport.destroy()),
    );
  }

  #takeStreams(): StreamCore[] {
    const cores = [...this.#streams.values()];
    this.#streams.clear();
    this.#ownStreamCount = 0;
    return cores;
  }

  #forget(core: StreamCore): void {
    if (this.#streams.delete(core.id) && core.isOwn) this.#ownStreamCount--;
  }

  #addHeldBytes(difference: number): void {
    this.#heldBytes += difference;
    if (difference > 0 && this.#heldBytes > this.#options.profile.maxHeldBytes) this.#shedFullest();
  }

  /** The stream whose reader is furthest behind pays for all. Calls and heartbeats never do. */
  #shedFullest(): void {
    let fullest: StreamCore | null = null;
    for (const core of this.#streams.values()) {
      if (!core.isUrgent && core.heldBytes > (fullest?.heldBytes ?? 0)) fullest = core;
    }
    fullest?.resetWith(errorCodes.enhanceYourCalm, new AditError(9005, 'The stream was given up: it is not read'));
  }
}

function streamHead(type: number, first: Uint8Array, maxBytes: number): Buffer {
  const head = Buffer.allocUnsafe(4 + first.length);
  if (head.length > maxBytes) throw new RangeError(`The first payload of a stream has at most ${maxBytes - 4} bytes`);
  head.writeUInt32BE(type);
  head.set(first, 4);
  return head;
}
