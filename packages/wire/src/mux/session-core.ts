import type { Duplex } from 'node:stream';
import { AditError } from '@adit/contracts';
import { errorCodes } from '../protocol.ts';
import type { HeldBudget } from './held-budget.ts';
import { HeldBytes } from './held-bytes.ts';
import type { MuxStream } from './mux-stream.ts';
import type { MuxProfile, MuxTimer } from './profiles.ts';
import { RoundTrip } from './round-trip.ts';
import { SendQueue } from './send-queue.ts';
import { SessionCredit } from './session-credit.ts';
import { type InputHost, SessionInput } from './session-input.ts';
import { StreamAllowance } from './stream-allowance.ts';
import { StreamCore, type StreamHost } from './stream-core.ts';
import { StreamTable } from './stream-table.ts';
import { WindowRule } from './window-rule.ts';

export interface MuxSessionOptions {
  readonly role: 'client' | 'server';
  readonly profile: MuxProfile;
  readonly timer: MuxTimer;
  /** Bounds what all sessions of the process hold unread. Default: none, the session's own bound is all. */
  readonly budget?: HeldBudget;
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
   * transport. Else 9400: the peer broke the protocol; 9005: the transport failed, or stream ids ran out; or what
   * `destroy` was given.
   */
  onClose(error: AditError | null): void;
}

/** After GOAWAY, how long the transport may take to hand over its last bytes and be closed by the peer. */
const closingMs = 5_000;

/** What a session is made of, and how it ends. `MuxSession` is the face that users get. */
export class SessionCore implements StreamHost, InputHost {
  isClosed = false;
  /** When bytes came last, by the session's timer. */
  heardAtMs: number;
  readonly profile: MuxProfile;
  readonly timer: MuxTimer;
  readonly table: StreamTable;
  readonly held: HeldBytes;
  readonly output: SendQueue;
  readonly credit: SessionCredit;
  /** Null: the dialect has neither PING nor a session window. */
  readonly roundTrip: RoundTrip | null;
  readonly rule: WindowRule;
  readonly allowance: StreamAllowance | null;
  readonly #transport: Duplex;
  readonly #options: MuxSessionOptions;

  constructor(transport: Duplex, options: MuxSessionOptions) {
    const { profile, timer, role } = options;
    this.#transport = transport;
    this.#options = options;
    this.profile = profile;
    this.timer = timer;
    this.heardAtMs = timer.now();
    this.table = new StreamTable(role, profile);
    this.held = new HeldBytes({
      maxBytes: profile.maxHeldBytes,
      table: this.table,
      timer,
      budget: options.budget ?? null,
    });
    this.output = new SendQueue(transport, {
      maxSendFrameBytes: profile.maxSendFrameBytes,
      sessionWindowBytes: profile.sessionWindowBytes,
      canReuseMemory: options.reuseWriteMemory ?? false,
      onOverflow: () => this.destroy(new AditError(9400, 'Cannot answer the peer: it does not read')),
    });
    this.credit = new SessionCredit({
      windowBytes: profile.sessionWindowBytes,
      held: this.held,
      grant: (bytes) => this.output.control().windowIncrement(0, bytes),
    });
    this.roundTrip = profile.hasSessionFrames
      ? new RoundTrip(timer, (number) => this.output.control().ping(number, 0))
      : null;
    this.rule = new WindowRule(this);
    this.allowance = role === 'server' ? new StreamAllowance(profile, timer) : null;
    this.#listen(new SessionInput(this));
    this.roundTrip?.measure();
  }

  // What streams say.

  enter(core: StreamCore): number {
    if (this.table.isExhausted) this.#onExhausted();
    if (this.isClosed) throw new AditError(3200, 'Cannot open a stream: the session is closed');
    return this.table.enterOwn(core);
  }

  announce(stream: MuxStream): void {
    this.#options.onStream(stream);
  }

  settle(): void {
    if (!this.isClosed) this.credit.settle();
  }

  forget(core: StreamCore): void {
    this.table.leave(core);
    this.held.keep(core);
  }

  // What the input says.

  newPeerStream(id: number): StreamCore {
    const core = new StreamCore(this, id);
    this.table.enterPeers(core);
    return core;
  }

  onGoAway(error: AditError | null): void {
    this.close(null, error);
  }

  onBreach(code: number, problem: string): void {
    this.close({ code, text: problem }, new AditError(9400, `Cannot read the peer's frames: ${problem}`));
  }

  // Ends.

  /** Ends the session at once, and its streams with 9005. What is unread is lost. */
  destroy(error?: AditError): void {
    this.#transport.destroy();
    if (this.isClosed) return;
    this.isClosed = true;
    this.output.close();
    const lost = new AditError(9005, undefined, { cause: error });
    for (const core of this.table.takeAll()) core.kill(lost);
    this.held.close();
    this.#options.onClose(error ?? null);
  }

  /** @param farewell Null: the peer is not told. @param error What the session's user is told. */
  close(farewell: { code: number; text: string } | null, error: AditError | null): void {
    if (this.isClosed) return;
    this.isClosed = true;
    if (farewell === null) this.#transport.end();
    else this.output.finish({ lastStreamId: this.table.lastPeerId, code: farewell.code, reason: farewell.text });
    this.output.close();
    this.#destroyTransportSoon();
    const lost = new AditError(9005, undefined, { cause: error });
    for (const core of this.table.takeAll()) core.cut(lost);
    this.held.close();
    this.#options.onClose(error);
  }

  /** No stream could be opened ever again; a new session can. */
  #onExhausted(): void {
    const text = 'all stream ids are used';
    this.close({ code: errorCodes.streamsExhausted, text }, new AditError(9005, `The session ended: ${text}`));
  }

  #listen(input: SessionInput): void {
    const transport = this.#transport;
    transport.on('data', (chunk: Buffer) => {
      this.heardAtMs = this.timer.now();
      input.read(chunk);
    });
    transport.on('drain', () => this.output.resume());
    transport.on('end', () => this.close(null, null));
    transport.on('error', (cause) => this.#fail(cause));
    transport.on('close', () => this.#fail(undefined));
  }

  #fail(cause: Error | undefined): void {
    if (!this.isClosed) this.close(null, new AditError(9005, 'The connection to the peer was lost', { cause }));
  }

  #destroyTransportSoon(): void {
    if (this.#transport.closed) return;
    this.#transport.once(
      'close',
      this.timer.after(closingMs, () => this.#transport.destroy()),
    );
  }
}
