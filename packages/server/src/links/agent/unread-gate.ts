import { AditError } from '@adit/contracts';
import { type MuxSession, type MuxStream, streamTypes } from '@adit/wire';
import type { Clock } from '../../domain/clock.ts';
import type { AgentLimits } from './agent-limits.ts';
import { AgentStream } from './agent-stream.ts';

/** Bytes of the stream type in front of the header. */
const typeBytes = 4;
/** How often to look for granted headers while streams wait: nothing announces a grant. */
const pollMs = 10;

/** A stream that was opened and whose header the agent may not have read yet. */
interface Unread {
  readonly mux: MuxStream;
  readonly stream: AgentStream;
  readonly headBytes: number;
  readonly openedAtMs: number;
}

export interface UnreadGateOptions {
  readonly session: MuxSession;
  readonly clock: Clock;
  readonly limits: AgentLimits;
  /** Streams that may be unread at once; more wait. */
  readonly maxUnread: number;
  /** The gate may be forgotten: nothing is open or waiting. */
  onIdle(): void;
}

/**
 * The way into one bind. SDKs read the headers of a session one by one, so a listener that nobody serves stops every
 * other bind of its session, and at last the heartbeat (agent protocol, §16.2). The sign is that the window of a header
 * is not granted: only a few streams may be in that state. A burst waits for its turn. Once the oldest header has been
 * unread for too long, what waits is refused, and single streams try whether somebody serves the listener again.
 */
export class UnreadGate {
  readonly #options: UnreadGateOptions;
  /** Oldest first, as are the waiting ones. May hold some that were read since the last look. */
  readonly #unread = new Set<Unread>();
  readonly #waiting = new Map<AgentStream, Uint8Array>();
  #isUnserved = false;
  #cancelPoll: (() => void) | undefined;

  constructor(options: UnreadGateOptions) {
    this.#options = options;
  }

  /**
   * @param header Length and JSON, as the multiplexer takes them.
   * @throws {AditError} 3200: the session is closed. 3210: the listener is not served, or too many streams are open.
   */
  open(header: Uint8Array): AgentStream {
    const stream = new AgentStream();
    if (this.#waiting.size === 0 && this.#hasRoom()) this.#start(stream, header);
    else this.#enqueue(stream, header);
    return stream;
  }

  /** The session is over: what waits fails with 9005. */
  close(): void {
    this.#cancelPoll?.();
    this.#refuseWaiting(new AditError(9005));
  }

  #enqueue(stream: AgentStream, header: Uint8Array): void {
    if (this.#isUnserved || this.#waiting.size >= this.#options.limits.maxWaitingPerBind) throw notTaken();
    this.#waiting.set(stream, header);
    stream.once('close', () => this.#waiting.delete(stream));
    this.#poll();
  }

  #start(stream: AgentStream, header: Uint8Array): void {
    const { session, clock, limits } = this.#options;
    const mux = session.open(streamTypes.proxy, header);
    stream.attach(mux, () => this.#advance());
    const entry = { mux, stream, headBytes: typeBytes + header.length, openedAtMs: clock.now() };
    this.#unread.add(entry);
    const cancel = clock.after(limits.headerTimeoutMs, () => this.#giveUp(entry));
    stream.once('close', () => {
      cancel();
      this.#unread.delete(entry);
      this.#advance();
    });
  }

  #giveUp(entry: Unread): void {
    if (isRead(entry)) return;
    this.#isUnserved = true;
    entry.stream.destroy(new AditError(9001, 'The agent did not take the connection in time'));
  }

  /** Looks for headers that were read only when it matters. */
  #hasRoom(): boolean {
    const { clock, limits, maxUnread } = this.#options;
    if (!this.#isUnserved && this.#unread.size < maxUnread) return true;
    for (const entry of this.#unread) {
      if (isRead(entry)) {
        this.#unread.delete(entry);
        this.#isUnserved = false;
      }
    }
    const [oldest] = this.#unread;
    if (oldest && clock.now() - oldest.openedAtMs >= limits.unservedAfterMs) this.#isUnserved = true;
    return this.#unread.size < (this.#isUnserved ? 1 : maxUnread);
  }

  /** Lets in what waits, or refuses it. */
  #advance(): void {
    for (const [stream, header] of this.#waiting) {
      if (!this.#hasRoom()) break;
      this.#waiting.delete(stream);
      try {
        this.#start(stream, header);
      } catch (error) {
        stream.destroy(error instanceof Error ? error : undefined);
      }
    }
    if (this.#isUnserved) this.#refuseWaiting(notTaken());
    if (this.#waiting.size > 0) this.#poll();
    else if (this.#unread.size === 0 && !this.#isUnserved) this.#options.onIdle();
  }

  #poll(): void {
    this.#cancelPoll ??= this.#options.clock.after(pollMs, () => {
      this.#cancelPoll = undefined;
      this.#advance();
    });
  }

  #refuseWaiting(error: AditError): void {
    for (const stream of this.#waiting.keys()) stream.destroy(error);
    this.#waiting.clear();
  }
}

function isRead({ mux, stream, headBytes }: Unread): boolean {
  return stream.hasData || mux.peerConsumedBytes >= headBytes;
}

function notTaken(): AditError {
  return new AditError(3210, 'Cannot open a connection: the agent does not take those already waiting');
}
