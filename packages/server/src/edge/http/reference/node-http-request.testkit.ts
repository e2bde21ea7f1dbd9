import http from 'node:http';
import type { Duplex } from 'node:stream';
import { AditError } from '@adit/contracts';
import type { HeaderLines } from '../exchange.ts';
import type { HttpLimits } from '../http-limits.ts';
import type { UpstreamAnswer, UpstreamExchange, UpstreamReceiver, UpstreamRequest } from '../upstream.ts';
import { asPairs } from './http1-exchange.testkit.ts';

/** One request of node:http's client as an upstream exchange. */
export class NodeHttpUpstreamRequest implements UpstreamExchange {
  readonly #request: http.ClientRequest;
  readonly #sent: UpstreamRequest;
  readonly #receiver: UpstreamReceiver;
  readonly #maxHeaderLines: number;
  #answer: http.IncomingMessage | null = null;
  #isPaused = false;
  #isOver = false;
  #hasHeard = false;

  /** @throws {AditError} As `Link.open`. */
  constructor(
    { agent, limits }: { agent: http.Agent; limits: HttpLimits },
    sent: UpstreamRequest,
    receiver: UpstreamReceiver,
  ) {
    this.#sent = sent;
    this.#receiver = receiver;
    this.#maxHeaderLines = limits.maxHeaderLines;
    const request = http.request({
      agent,
      method: sent.method,
      path: sent.path,
      headers: sent.headers as string[],
      maxHeaderSize: limits.maxAnswerHeadBytes,
    });
    this.#request = request;
    // No maximum here: releases of node:http differ in whether they refuse or drop lines.
    request.maxHeadersCount = 0;
    request.on('error', (error) => this.#onError(error));
    request.on('information', (interim) => this.#onInterim(interim));
    request.on('response', (answer) => this.#onAnswer(answer));
    request.on('upgrade', (answer, stream, first) => this.#onUpgrade(answer, stream, first));
    request.on('drain', () => {
      if (!this.#isOver) receiver.onDrain();
    });
    if (sent.body === 'none') request.end();
    // A body that is slow to begin must not hold the head back: the upstream may answer to the head alone.
    else process.nextTick(() => request.destroyed || request.flushHeaders());
  }

  write(piece: Buffer): boolean {
    if (this.#request.destroyed) return true;
    // Before it has its socket, a request takes everything and says false.
    const isConnected = this.#request.socket !== null;
    return this.#request.write(piece) || !isConnected;
  }

  end(trailers: HeaderLines): void {
    if (this.#request.destroyed || this.#request.writableEnded) return;
    if (trailers.length > 0) this.#request.addTrailers(asPairs(trailers));
    this.#request.end();
  }

  pause(): void {
    this.#isPaused = true;
    this.#answer?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#answer?.resume();
  }

  abort(): void {
    const isWhole = this.#isOver && this.#answer?.complete && this.#request.writableFinished;
    this.#isOver = true;
    if (!isWhole) this.#request.destroy();
  }

  #onInterim(interim: http.InformationEvent): void {
    this.#hasHeard = true;
    if (!this.#isOver) this.#receiver.onInterim(interim.statusCode, interim.rawHeaders);
  }

  #onAnswer(answer: http.IncomingMessage): void {
    this.#hasHeard = true;
    if (this.#isOver) return;
    if (!isSound(answer, this.#maxHeaderLines)) return this.#fail(new AditError(3004));
    this.#answer = answer;
    answer.on('error', () => this.#onCut());
    // node:http tells of a request's last bytes before it has seen that they are the last. An upstream in memory answers
    // in between, and would seem to answer early.
    setImmediate(() => this.#begin(answer));
  }

  #begin(answer: http.IncomingMessage): void {
    if (this.#isOver) return;
    answer.on('data', (piece: Buffer) => {
      if (!this.#isOver) this.#receiver.onBody(piece);
    });
    answer.once('end', () => this.#onEnd(answer));
    // Flowing begins in the next turn at the earliest, so a receiver that pauses inside the call gets nothing yet.
    this.#receiver.onAnswer(this.#read(answer));
    if (this.#isPaused) answer.pause();
  }

  #read(answer: http.IncomingMessage): UpstreamAnswer {
    const status = answer.statusCode ?? 0;
    const hasBody = this.#sent.method !== 'HEAD' && status !== 204 && status !== 304;
    return {
      status,
      reason: answer.statusMessage || null,
      headers: answer.rawHeaders,
      hasBody,
      mayHaveTrailers: hasBody && answer.headers['transfer-encoding'] !== undefined,
    };
  }

  #onEnd(answer: http.IncomingMessage): void {
    if (this.#isOver) return;
    if (!this.#isWhole(answer)) return this.#onCut();
    this.#isOver = true;
    this.#receiver.onBodyEnd(answer.rawTrailers);
  }

  /** node:http takes any end of the stream for the end of an answer without length or chunks, a lost stream as well. */
  #isWhole(answer: http.IncomingMessage): boolean {
    if (!answer.complete) return false;
    const { 'content-length': length, 'transfer-encoding': coding } = answer.headers;
    if (length !== undefined || coding !== undefined || !this.#read(answer).hasBody) return true;
    return this.#request.socket?.readableEnded ?? false;
  }

  #onCut(): void {
    this.#fail(new AditError(this.#request.socket?.readableEnded ? 3004 : 9005));
  }

  #onUpgrade(answer: http.IncomingMessage, stream: Duplex, first: Buffer): void {
    if (this.#isOver || this.#sent.upgrade === null) {
      stream.destroy();
      return this.#fail(new AditError(3004));
    }
    this.#isOver = true;
    if (first.length > 0) stream.unshift(first);
    this.#receiver.onUpgrade({ ...this.#read(answer), status: 101, hasBody: false }, stream);
  }

  #onError(error: Error): void {
    // Once the answer has begun, its own error says so: this one may be about bytes behind it.
    if (this.#isOver || this.#answer !== null) return;
    const code = 'code' in error ? String(error.code) : '';
    const isBad = code.startsWith('HPE_') || (this.#request.socket?.readableEnded ?? false);
    const isStale = this.#request.reusedSocket && !this.#hasHeard && !code.startsWith('HPE_');
    if (error instanceof AditError) this.#fail(error, isStale);
    else this.#fail(new AditError(isBad ? 3004 : 9005, undefined, { cause: error }), isStale);
  }

  #fail(error: AditError, isStale = false): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#request.destroy();
    this.#receiver.onFailure(error, isStale);
  }
}

/** What node's parser takes and we do not: statuses that no final answer has, and codings that nobody here undoes. */
function isSound(answer: http.IncomingMessage, maxHeaderLines: number): boolean {
  const { statusCode = 0, headers, rawHeaders, httpVersion } = answer;
  if (statusCode < 200 || statusCode > 599 || rawHeaders.length > maxHeaderLines * 2) return false;
  const { 'transfer-encoding': coding, 'content-length': length } = headers;
  if (length !== undefined && !/^\d{1,15}$/.test(length)) return false;
  return coding === undefined || (coding.toLowerCase() === 'chunked' && httpVersion === '1.1');
}
