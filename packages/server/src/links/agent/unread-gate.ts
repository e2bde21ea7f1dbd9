import { AditError } from '@adit/contracts';
import { type MuxProfile, type MuxSession, streamTypes } from '@adit/wire';
import type { Clock } from '../../domain/clock.ts';
import type { AgentLimits } from './agent-limits.ts';
import { AgentStream, type AgentStreamOwner } from './agent-stream.ts';
import type { VisitorShare } from './visitor-share.ts';

/** Bytes of the stream type in front of the header. */
const typeBytes = 4;
/** How often to look for granted headers while streams wait: nothing announces a grant. */
const pollMs = 10;

export interface UnreadGateOptions {
  readonly session: MuxSession;
  readonly profile: MuxProfile;
  readonly clock: Clock;
  readonly limits: AgentLimits;
  /** Of all binds of the session. */
  readonly share: VisitorShare;
  /** The gate may be forgotten: nothing is open or waiting. */
  onIdle(gate: UnreadGate): void;
}

/**
 * The way into one bind. SDKs read the headers of a session one by one, so a listener that nobody serves stops every
 * other bind of its session, and at last the heartbeat (agent protocol, §16.2). The sign is that the window of a header
 * is not granted: only a few streams may be in that state. A burst waits for its turn. Once the oldest header has been
 * unread for too long, what waits is refused, and single streams try whether somebody serves the listener again.
 */
export class UnreadGate implements AgentStreamOwner {
  readonly tellsFailures: boolean;
  readonly #options: UnreadGateOptions;
  readonly #maxUnread: number;
  /** Oldest first, as are the waiting ones. May hold some that were read since the last look. */
  readonly #unread = new Set<AgentStream>();
  readonly #waiting = new Map<AgentStream, Uint8Array>();
  #isUnserved = false;
  #cancelPoll: (() => void) | undefined;
  /** Of the timer that gives up the oldest header. */
  #cancelWatch: (() => void) | undefined;

  constructor(options: UnreadGateOptions) {
    const { profile, limits } = options;
    const isAdit = profile.name === 'adit/1';
    this.#options = options;
    this.tellsFailures = isAdit;
    // Our own agent reads headers independently.
    this.#maxUnread = isAdit ? profile.maxServerStreams : limits.maxUnreadHeadersPerBind;
  }

  /**
   * @param header Length and JSON, as the multiplexer takes them.
   * @throws {AditError} 3210: the listener is not served, or too many streams are open, of the
   *   session or of that visitor.
   */
  open(header: Uint8Array, visitor: string): AgentStream {
    const { session, share } = this.#options;
    const isNext = this.#waiting.size === 0 && this.#hasRoom();
    if (!isNext && !this.#mayWait()) throw notTaken();
    const stream = session.prepare(streamTypes.proxy, AgentStream);
    share.enter(visitor);
    stream.visitor = visitor;
    try {
      if (isNext) this.#start(stream, header);
      else this.#enqueue(stream, header);
    } catch (error) {
      share.leave(visitor);
      throw error;
    }
    stream.own(this);
    return stream;
  }

  /** The session is over: what waits fails with 9005. */
  close(): void {
    this.#cancelPoll?.();
    this.#cancelWatch?.();
    this.#refuseWaiting(new AditError(9005));
  }

  onFirstByte(): void {
    if (this.#waiting.size > 0) this.#advance();
  }

  onGone(stream: AgentStream): void {
    this.#options.share.leave(stream.visitor);
    // Not on the wire: nobody gets a turn by that.
    if (this.#waiting.delete(stream) || stream.id === 0) return;
    this.#unread.delete(stream);
    this.#advance();
  }

  #mayWait(): boolean {
    return !this.#isUnserved && this.#waiting.size < this.#options.limits.maxWaitingPerBind;
  }

  #enqueue(stream: AgentStream, header: Uint8Array): void {
    this.#waiting.set(stream, header);
    this.#poll();
  }

  #start(stream: AgentStream, header: Uint8Array): void {
    stream.open(header);
    stream.headBytes = typeBytes + header.length;
    stream.openedAtMs = this.#options.clock.now();
    this.#unread.add(stream);
    this.#watch();
  }

  /** One timer for all: they are given up in the order in which they were opened. */
  #watch(): void {
    if (this.#cancelWatch) return;
    const { clock, limits } = this.#options;
    for (const oldest of this.#unread) {
      const leftMs = oldest.openedAtMs + limits.headerTimeoutMs - clock.now();
      this.#cancelWatch = clock.after(leftMs, () => {
        this.#cancelWatch = undefined;
        this.#giveUpLate();
        this.#watch();
      });
      return;
    }
  }

  #giveUpLate(): void {
    const { clock, limits } = this.#options;
    const late = clock.now() - limits.headerTimeoutMs;
    for (const stream of this.#unread) {
      if (isRead(stream)) this.#unread.delete(stream);
      else if (stream.openedAtMs > late) return;
      else {
        this.#isUnserved = true;
        stream.destroy(new AditError(3210, 'The agent did not take the connection in time'));
      }
    }
  }

  /** Looks for headers that were read only when it matters. */
  #hasRoom(): boolean {
    const { clock, limits } = this.#options;
    if (!this.#isUnserved && this.#unread.size < this.#maxUnread) return true;
    for (const stream of this.#unread) {
      if (!isRead(stream)) continue;
      this.#unread.delete(stream);
      this.#isUnserved = false;
    }
    const [oldest] = this.#unread;
    if (oldest && clock.now() - oldest.openedAtMs >= limits.unservedAfterMs) this.#isUnserved = true;
    return this.#unread.size < (this.#isUnserved ? 1 : this.#maxUnread);
  }

  /** Lets in what waits, or refuses it. */
  #advance(): void {
    // The session's end is on its way here.
    if (this.#options.session.isClosed) return;
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
    else if (this.#unread.size === 0) this.#rest();
  }

  /** Nothing is open or waiting. */
  #rest(): void {
    this.#cancelWatch?.();
    this.#cancelWatch = undefined;
    if (!this.#isUnserved) this.#options.onIdle(this);
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

function isRead(stream: AgentStream): boolean {
  return stream.hasData || stream.peerConsumedBytes >= stream.headBytes;
}

function notTaken(): AditError {
  return new AditError(3210, 'Cannot open a connection: the agent does not take those already waiting');
}
