import type { Duplex } from 'node:stream';
import { AditError } from '@adit/contracts';
import { AnswerReader, requestHeadText } from '@adit/wire';
import type { HttpLimits } from '../http-limits.ts';
import type { UpstreamAnswer, UpstreamExchange, UpstreamReceiver, UpstreamRequest } from '../upstream.ts';
import { Http1Request, type RequestStream } from './http1-request.ts';

/** Whoever has streams, as a stream sees it. */
export interface StreamOwner {
  readonly limits: HttpLimits;
  /** Request and answer are whole. False: the stream is not wanted any more. */
  keep(stream: Http1Stream): boolean;
  /** The stream is closed, or somebody else's. */
  forget(stream: Http1Stream): void;
}

/** One stream of a link on which requests go out one after another, each when the answer before it is whole. */
export class Http1Stream implements RequestStream {
  /** Set by the pool while it waits. */
  idleSinceMs = 0;
  readonly #stream: Duplex;
  readonly #owner: StreamOwner;
  readonly #reader: AnswerReader;
  #current: Http1Request | null = null;
  #isReused = false;
  /** A byte came since the current request was sent. */
  #hasHeard = false;
  #isPaused = false;
  #isReading = false;

  constructor(stream: Duplex, owner: StreamOwner) {
    this.#stream = stream;
    this.#owner = owner;
    this.#reader = new AnswerReader(answerLimits(owner));
    stream.on('data', this.#onData);
    stream.on('end', this.#onEnd);
    stream.on('error', this.#onError);
    stream.on('close', this.#onClose);
    stream.on('drain', this.#onDrain);
  }

  /** Sends the head. Only when no request is under way. */
  send(request: UpstreamRequest, receiver: UpstreamReceiver): UpstreamExchange {
    this.#isReused = this.#hasHeard;
    this.#hasHeard = false;
    this.#reader.expect(request.method);
    const current = new Http1Request(this, request, receiver);
    this.#current = current;
    this.write(Buffer.from(requestHeadText(request.method, request.path, request.headers), 'latin1'));
    return current;
  }

  write(bytes: Buffer): boolean {
    return this.#stream.write(bytes);
  }

  writeAll(pieces: readonly Buffer[]): boolean {
    this.#stream.cork();
    let hasRoom = true;
    for (const piece of pieces) hasRoom = this.#stream.write(piece);
    this.#stream.uncork();
    return hasRoom;
  }

  pause(): void {
    this.#isPaused = true;
    this.#stream.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#read();
    if (!this.#isPaused) this.#stream.resume();
  }

  destroy(): void {
    this.#current = null;
    this.#owner.forget(this);
    this.#stream.destroy();
  }

  readonly #onData = (chunk: Buffer): void => {
    // Bytes that no request asked for are an answer out of step.
    if (this.#current === null) return this.destroy();
    this.#hasHeard = true;
    this.#reader.feed(chunk);
    this.#read();
  };

  /** Reads what is there until it is used up or the receiver has enough. */
  #read(): void {
    // A receiver that pauses and resumes inside a call must not start a second loop inside the first.
    if (this.#isReading) return;
    this.#isReading = true;
    while (!this.#isPaused && this.#current !== null && this.#step(this.#current));
    this.#isReading = false;
  }

  /** Answers false when there is nothing more to read. */
  #step(current: Http1Request): boolean {
    const reader = this.#reader;
    switch (reader.next()) {
      case 'none':
        return false;
      case 'interim':
        current.receiver.onInterim(reader.head.status, reader.head.headers);
        return true;
      case 'head':
        current.receiver.onAnswer(this.#answer());
        return true;
      case 'body':
        current.receiver.onBody(reader.piece);
        return true;
      case 'end':
        this.#finish(current);
        return false;
      case 'switch':
        this.#switch(current);
        return false;
      case 'malformed':
        this.#fail(new AditError(3004, `Cannot read the answer of the service: ${reader.problem.text}`));
        return false;
    }
  }

  #answer(): UpstreamAnswer {
    const { status, reason, headers, framing, length } = this.#reader.head;
    return {
      status,
      reason: reason === '' ? null : reason,
      headers,
      hasBody: framing !== 'none' && (framing !== 'length' || length > 0),
      mayHaveTrailers: framing === 'chunked',
    };
  }

  /** The stream is kept before the receiver hears of the end: the next request may come inside that call. */
  #finish(current: Http1Request): void {
    const { trailers } = this.#reader;
    // A service that answered while much of the request still waits here might take that for the next one.
    const isTaken = current.isSent && !this.#stream.writableNeedDrain;
    const isClean = isTaken && this.#reader.head.keepsAlive && this.#reader.next() === 'none';
    this.#current = null;
    if (!isClean || !this.#owner.keep(this)) this.destroy();
    current.finish(trailers);
  }

  #switch(current: Http1Request): void {
    if (!current.isUpgrade) return this.#fail(new AditError(3004));
    const rest = this.#reader.takeRest();
    const stream = this.#stream;
    this.#current = null;
    this.#owner.forget(this);
    stream.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose).off('drain', this.#onDrain);
    stream.pause();
    if (rest !== null && rest.length > 0) stream.unshift(rest);
    current.handOver(this.#answer(), stream);
  }

  readonly #onEnd = (): void => {
    if (this.#current !== null && this.#reader.endOfInput() === 'end') this.#finish(this.#current);
    // In good order but in the middle of an answer, or before one.
    else this.#fail(new AditError(3004));
  };

  readonly #onError = (cause: Error): void => {
    this.#fail(cause instanceof AditError ? cause : new AditError(9005, undefined, { cause }));
  };

  readonly #onClose = (): void => {
    // Most streams close while they wait for nobody, and an error costs a stack trace.
    if (this.#current === null) this.#owner.forget(this);
    else this.#fail(new AditError(9005));
  };

  readonly #onDrain = (): void => this.#current?.receiver.onDrain();

  #fail(error: AditError): void {
    const current = this.#current;
    this.destroy();
    current?.fail(error, this.#isReused && !this.#hasHeard);
  }
}

function answerLimits({ limits }: StreamOwner) {
  return {
    maxHeadBytes: limits.maxAnswerHeadBytes,
    maxHeaderLines: limits.maxHeaderLines,
    maxTrailerBytes: limits.maxTrailerBytes,
    maxChunkExtensionBytes: limits.maxChunkExtensionBytes,
  };
}
