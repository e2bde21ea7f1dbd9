import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { AditError } from '@adit/contracts';
import type { Clock } from '../../../domain/clock.ts';
import type { CodecOwner, Transport } from '../codec.ts';
import type { HttpDate } from '../http-date.ts';
import type { HttpLimits } from '../http-limits.ts';
import { AnswerWriter, type WriterHost } from './answer-writer.ts';
import { ConnectionDeadlines, type DeadlineHost } from './connection-deadlines.ts';
import { type ExchangeHost, Http1Exchange } from './http1-exchange.ts';
import { LingeringEnd } from './lingering-end.ts';
import { type InputHost, VisitorInput } from './visitor-input.ts';

export interface Http1Deps {
  readonly clock: Clock;
  readonly limits: HttpLimits;
}

/** What the connections of a codec share. */
export interface ConnectionDeps extends Http1Deps {
  readonly date: HttpDate;
}

/** A stream that may be a socket: only TCP can ask a silent visitor whether he is still there. */
interface VisitorStream extends Duplex {
  setKeepAlive?(isOn: boolean, afterMs: number): unknown;
}

/**
 * `open`: exchanges come and go. `ending`: our side was ended; the visitor is given time to read it. `upgraded`: the
 * stream is somebody else's. `lost`: destroyed or closed.
 */
type Phase = 'open' | 'ending' | 'upgraded' | 'lost';

/**
 * One visitor connection: its exchanges one after another, also when the visitor sends them all at once. The next request
 * is parsed when the exchange before is over and all that was written has left, so a visitor who sends and never reads
 * costs no more than one exchange.
 */
export class Http1Connection implements Transport, ExchangeHost, InputHost, WriterHost, DeadlineHost {
  readonly writer: AnswerWriter;
  /** The one under way. */
  exchange: Http1Exchange | null = null;
  readonly #stream: VisitorStream;
  readonly #owner: CodecOwner;
  readonly #limits: HttpLimits;
  readonly #date: HttpDate;
  readonly #input: VisitorInput;
  readonly #deadlines: ConnectionDeadlines;
  readonly #end: LingeringEnd;
  #phase: Phase = 'open';
  #isPumping = false;
  /** The exchange under way is the last. */
  #takesNoMore = false;
  /** Content of a request that was answered early is thrown away: this many bytes more. -1: none is. */
  #discardBytes = -1;
  /** What may be thrown away once our side was ended. Bytes. */
  #lingerBytes: number;

  constructor(stream: VisitorStream, owner: CodecOwner, deps: ConnectionDeps) {
    const { clock, limits } = deps;
    this.#stream = stream;
    this.#owner = owner;
    this.#limits = limits;
    this.#date = deps.date;
    this.#lingerBytes = limits.maxDiscardBytes;
    this.writer = new AnswerWriter(stream, clock, this);
    this.#deadlines = new ConnectionDeadlines(deps, this);
    this.#input = new VisitorInput(stream, limits, this);
    this.#end = new LingeringEnd(stream, this.#input, deps);
    stream.on('error', ignoreError);
    stream.once('close', this.#onClose);
    if (stream.closed) process.nextTick(this.#onClose);
  }

  get date(): string {
    return this.#date.text;
  }

  get maxWaitingBytes(): number {
    return this.#limits.maxWaitingBytes;
  }

  get isLost(): boolean {
    return this.#phase === 'lost';
  }

  get isLeaving(): boolean {
    return this.#takesNoMore || this.#owner.isDraining;
  }

  get hasVisitorEnded(): boolean {
    return this.#input.hasEnded;
  }

  drain(): void {
    this.#takesNoMore = true;
    // Nobody knows when an upgraded stream would end; its client has to come back somewhere else, so better now.
    if (this.#phase === 'upgraded') this.destroy();
    else if (this.#phase === 'open' && this.exchange === null) this.#leave();
  }

  /** What was not sent is lost, and the visitor notices. */
  destroy(): void {
    if (this.#phase === 'lost') return;
    this.#phase = 'lost';
    this.#deadlines.stop();
    const stream = this.#stream;
    // A plain TCP connection that is closed in good order would make a cut answer of HTTP/1.0 look whole.
    if (stream instanceof Socket && !(stream instanceof TLSSocket)) stream.resetAndDestroy();
    else stream.destroy();
  }

  bodyWanted(): void {
    this.#deadlines.inputChanged();
    this.#pump();
  }

  discardBody(): void {
    this.#discardBytes = this.#limits.maxDiscardBytes;
    this.#deadlines.begin(this.#limits.discardTimeoutMs);
    this.#pump();
  }

  exchangeMayBeOver(): void {
    // Later: the owner is in the middle of a call.
    if (!this.exchange?.isOver) this.#deadlines.answerEnded();
    else if (this.writer.isDrained) process.nextTick(this.#closeIfOver);
  }

  upgrade(headText: string): Duplex {
    // Node tells of an end once, and it was us whom it told: whoever got the stream now would wait for it for ever. And
    // whoever drains would wait for this stream, as `drain` has it.
    if (this.#input.hasEnded || this.isLeaving) this.destroy();
    if (this.#phase === 'lost') return this.#stream;
    this.#phase = 'upgraded';
    this.writer.text(headText);
    this.writer.flush();
    this.#deadlines.stop();
    this.#input.release();
    return this.#stream;
  }

  onInput(): void {
    const { hasEnded } = this.#input;
    if (this.#phase !== 'open') return;
    if (hasEnded && this.exchange !== null) {
      // Without half-open connections our side ends with the visitor's, and what is not written by now never will be.
      if (!this.#stream.allowHalfOpen && !this.exchange.isEnded) return this.destroy();
      // Nothing that comes tells any more that he is gone, and the answer may be long in coming.
      this.#stream.setKeepAlive?.(true, this.#limits.halfClosedProbeMs);
      this.#deadlines.inputChanged();
    }
    this.#pump();
  }

  onDropLimit(): void {
    this.destroy();
  }

  onWriting(): void {
    this.#deadlines.writingBegan();
  }

  onWritten(): void {
    this.#closeIfOver();
    this.exchange?.drained();
  }

  onStepDue(): void {
    if (this.#discardBytes >= 0) this.#stopDiscarding();
    else this.#refuse(new AditError(9008));
  }

  onBodyDue(): void {
    this.#refuse(new AditError(9008));
  }

  onStalled(): void {
    this.destroy();
  }

  /** Parses as far as somebody wants to know. */
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (this.#isReading() && this.#step());
    this.#isPumping = false;
  }

  #isReading(): boolean {
    if (this.#phase !== 'open') return false;
    return this.exchange === null || this.exchange.isReceiving || this.#discardBytes >= 0;
  }

  /** False: there is no more for now. */
  #step(): boolean {
    switch (this.#input.next()) {
      case 'none':
        this.#watchHead();
        return false;
      case 'ended':
        this.#onVisitorGone();
        return false;
      case 'head':
        this.#onHead();
        return true;
      case 'body':
        this.#onBody(this.#input.reader.piece);
        return true;
      case 'end':
        this.#onBodyEnd();
        return true;
      case 'malformed':
        this.#refuse(new AditError(this.#input.reader.problem?.kind === 'tooLarge' ? 9006 : 9002));
        return false;
    }
  }

  /** From the first byte of a head to its last there is a time limit, on each request of the connection. */
  #watchHead(): void {
    if (this.exchange !== null || this.#deadlines.isStepTimed || this.#input.reader.isIdle) return;
    this.#deadlines.begin(this.#limits.headTimeoutMs);
  }

  #onHead(): void {
    this.#deadlines.finish();
    if (!this.#stream.writable) return this.destroy();
    this.exchange = new Http1Exchange(this, this.#input.reader.head);
    this.#owner.onExchange(this.exchange);
  }

  #onBody(piece: Buffer): void {
    if (this.exchange?.isReceiving) {
      this.#deadlines.inputCame();
      return this.exchange.takeBody(piece);
    }
    this.#discardBytes -= piece.length;
    if (this.#discardBytes < 0) this.#stopDiscarding();
  }

  #onBodyEnd(): void {
    if (this.#discardBytes >= 0) this.#deadlines.finish();
    this.#discardBytes = -1;
    this.exchange?.takeBodyEnd(this.#input.reader.trailers);
  }

  /** It is too much, or takes too long: the connection ends when the answer has left, and whatever comes then cuts it. */
  #stopDiscarding(): void {
    this.#discardBytes = -1;
    this.#deadlines.finish();
    this.#lingerBytes = 0;
    this.#takesNoMore = true;
    if (this.exchange === null) this.#leave();
  }

  /** No byte comes any more, and one was wanted. */
  #onVisitorGone(): void {
    if (this.exchange === null) this.#leave();
    else this.destroy();
  }

  /** Answers what the owner says and closes; or only closes, if an answer is under way that this would corrupt. */
  #refuse(error: AditError): void {
    const exchange = this.exchange;
    // In content that nobody wants: its request was answered.
    if (this.#discardBytes >= 0) return this.#stopDiscarding();
    if (exchange?.isAnswered || !this.#stream.writable) return this.destroy();
    this.exchange = null;
    exchange?.close(false);
    this.writer.text(this.#owner.onMalformed(error));
    this.#leave();
  }

  readonly #closeIfOver = (): void => {
    const exchange = this.exchange;
    if (this.#phase !== 'open' || exchange === null || !exchange.isOver || !this.writer.isDrained) return;
    this.exchange = null;
    exchange.close(true);
    if (exchange.isLast || this.isLeaving) this.#leave();
    else this.#pump();
  };

  #leave(): void {
    if (this.#phase !== 'open') return;
    this.#phase = 'ending';
    this.writer.flush();
    this.#deadlines.stop();
    this.#end.begin(this.#lingerBytes);
  }

  readonly #onClose = (): void => {
    const isWhole = this.#phase === 'upgraded' && this.#stream.readableEnded && this.#stream.writableFinished;
    this.#phase = 'lost';
    this.#deadlines.stop();
    this.#end.stop();
    this.exchange?.close(isWhole);
    this.#owner.onClose();
  };
}

/** The stream's close follows, and tells everybody. */
function ignoreError(): void {}
