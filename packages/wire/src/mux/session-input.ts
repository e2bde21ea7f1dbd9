import { AditError } from '@adit/contracts';
import { FrameParser } from '../frames/frame-parser.ts';
import { errorCodes, frameFlags } from '../protocol.ts';
import type { MuxProfile } from './profiles.ts';
import type { RoundTrip } from './round-trip.ts';
import type { SendQueue } from './send-queue.ts';
import type { SessionCredit } from './session-credit.ts';
import type { StreamAllowance } from './stream-allowance.ts';
import type { StreamCore } from './stream-core.ts';
import type { StreamTable } from './stream-table.ts';
import { youngMemory } from './young-memory.ts';

/** The session that frames are read for. */
export interface InputHost {
  readonly profile: MuxProfile;
  readonly table: StreamTable;
  readonly output: SendQueue;
  readonly credit: SessionCredit;
  readonly roundTrip: RoundTrip | null;
  /** Null for a client: a server opens as many streams as it has visitors. */
  readonly allowance: StreamAllowance | null;
  readonly isClosed: boolean;
  /** A stream of the peer, to be entered. */
  newPeerStream(id: number): StreamCore;
  /** The peer has ended the session. Null: in good order. */
  onGoAway(error: AditError | null): void;
  /** The peer broke the protocol: the session ends with that code. */
  onBreach(code: number, problem: string): void;
}

/** Reasons from the peer are shown to operators. */
const maxReasonLength = 200;

/** Reads the frames of the peer and hands each to its stream. */
export class SessionInput {
  readonly #host: InputHost;
  readonly #parser: FrameParser;
  /** Where the DATA frame under way goes; null: nowhere. */
  #target: StreamCore | null = null;
  #isFinPending = false;

  constructor(host: InputHost) {
    this.#host = host;
    this.#parser = new FrameParser(host.profile.maxFrameBytes, host.roundTrip !== null);
  }

  read(chunk: Buffer): void {
    if (this.#host.isClosed) return;
    this.#parser.feed(chunk);
    let isMore = true;
    while (isMore) isMore = this.#onFrame() && !this.#host.isClosed;
    if (!this.#host.isClosed) this.#host.credit.settle();
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
        this.#host.credit.take(parser.payload.length);
        youngMemory.note(parser.payload.length);
        this.#target?.receive(parser.payload);
        if (parser.bodyLeft === 0) this.#onDataEnd();
        return true;
      case 'reset':
        this.#host.table.get(parser.streamId)?.receiveReset(parser.value);
        return true;
      case 'windowIncrement':
        this.#onGrant(parser.streamId, parser.value);
        return true;
      case 'ping':
        this.#onPing(parser.flags, parser.value);
        return true;
      case 'goAway':
        this.#onGoAway(parser.value, parser.payload);
        return false;
      case 'malformed':
        this.#host.onBreach(errorCodes.protocolError, parser.problem);
        return false;
    }
  }

  #onData(streamId: number, flags: number, length: number): void {
    const core = flags & frameFlags.syn ? this.#accept(streamId) : this.#find(streamId, flags, length);
    this.#target = core?.admit(length) === true ? core : null;
    this.#isFinPending = (flags & frameFlags.fin) !== 0;
    if (length === 0) this.#onDataEnd();
  }

  #onDataEnd(): void {
    const target = this.#target;
    this.#target = null;
    if (this.#isFinPending) target?.receiveFin();
  }

  /** Undefined: refused. */
  #accept(streamId: number): StreamCore | undefined {
    const { table, allowance, output } = this.#host;
    if (table.get(streamId) !== undefined || !table.isPeerId(streamId)) {
      this.#host.onBreach(errorCodes.protocolError, `cannot open stream ${streamId}`);
      return undefined;
    }
    if (allowance?.take() === false) {
      this.#host.onBreach(errorCodes.enhanceYourCalm, 'streams are opened too fast');
      return undefined;
    }
    if (table.admitPeers(streamId)) return this.#host.newPeerStream(streamId);
    output.control().reset(streamId, errorCodes.streamRefused);
    return undefined;
  }

  /** Undefined: there is no such stream, or the session has ended. */
  #find(streamId: number, flags: number, length: number): StreamCore | undefined {
    const { table, output, credit } = this.#host;
    const core = table.get(streamId);
    if (core === undefined) {
      const isHarmless = (flags & frameFlags.fin) !== 0 && length === 0;
      if (!isHarmless) output.control().reset(streamId, errorCodes.streamClosed);
      return undefined;
    }
    if (core.isUrgent || credit.admits(length)) return core;
    this.#host.onBreach(errorCodes.flowControl, 'more was sent than the session window allows');
    return undefined;
  }

  #onGrant(streamId: number, bytes: number): void {
    if (streamId !== 0) this.#host.table.get(streamId)?.grant(bytes);
    else if (!this.#host.output.grant(bytes)) {
      this.#host.onBreach(errorCodes.flowControl, 'more was granted than a session window can be');
    }
  }

  #onPing(flags: number, number: number): void {
    if (flags & frameFlags.answer) this.#host.roundTrip?.note(number);
    else this.#host.output.control().ping(number, frameFlags.answer);
  }

  /** After a GOAWAY nothing is read: the Go client's next 8 bytes, the Rust client's length are wrong (§6). */
  #onGoAway(code: number, reason: Buffer): void {
    if (code === errorCodes.noError) {
      this.#host.onGoAway(null);
      return;
    }
    const text = reason.toString('utf8', 0, maxReasonLength);
    const problem = `Session ended by the peer with code ${code}: ${JSON.stringify(text)}`;
    this.#host.onGoAway(new AditError(9400, problem));
  }
}
