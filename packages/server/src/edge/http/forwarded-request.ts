import http from 'node:http';
import type { Duplex } from 'node:stream';
import { AditError } from '@adit/contracts';
import type { Clock } from '../../domain/clock.ts';
import type { Grant, Grants } from '../../domain/grants.ts';
import { endToEndAnswerLines, isEndedByStream, visitorAnswerHead } from './answer-head.ts';
import type { Exchange } from './exchange.ts';
import type { HttpLimits } from './http-limits.ts';
import type { HttpMetrics } from './http-metrics.ts';
import { joinStreams } from './join-streams.ts';
import type { RequestHead } from './request-head.ts';
import { asPairs, passableTrailers } from './trailers.ts';
import { upstreamError } from './upstream-error.ts';
import type { EndpointVisit, VisitorConnection } from './visitor-connection.ts';

/** What a decided request is forwarded with. */
export interface Forwarding {
  readonly exchange: Exchange;
  readonly head: RequestHead;
  readonly connection: VisitorConnection;
  readonly visit: EndpointVisit;
  /** The header lines for the upstream. */
  readonly headers: readonly string[];
  /** Tells the visitor; called at most once, before any answer. */
  onFailure(error: AditError): void;
  /** The status of the upstream's answer, for log and metrics. */
  onAnswer(status: number): void;
}

export interface ForwardingDeps {
  readonly grants: Grants;
  readonly clock: Clock;
  readonly limits: HttpLimits;
  readonly metrics: HttpMetrics;
}

// RFC 9110 §9.2.2.
const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/**
 * One admitted request on its way to the upstream and back. Holds a grant from before the first byte leaves until the
 * exchange is over. Whichever side breaks, the other learns of it: a cut answer breaks the visitor's connection, a visitor
 * who leaves destroys the upstream stream.
 */
export class ForwardedRequest {
  readonly #f: Forwarding;
  readonly #deps: ForwardingDeps;
  readonly #grant: Grant;
  #request: http.ClientRequest | null = null;
  #cancelTimer: (() => void) | null = null;
  #interimAnswers = 0;
  #isBodySent: boolean;
  #hasAnswerBody = false;
  #hasFailed = false;
  #isOver = false;

  constructor(forwarding: Forwarding, deps: ForwardingDeps) {
    this.#f = forwarding;
    this.#deps = deps;
    this.#isBodySent = forwarding.exchange.body === null;
    const { route } = forwarding.visit;
    this.#grant = deps.grants.admit(route, forwarding.connection.facts, () => this.#f.exchange.abort());
    deps.metrics.activeStreams(1);
  }

  get #isDone(): boolean {
    return this.#isOver || this.#hasFailed;
  }

  start(): void {
    this.#send();
    if (this.#f.exchange.body && this.#request) this.#sendBody(this.#f.exchange.body, this.#request);
  }

  /** The exchange is closed, whole or not. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelTimer?.();
    this.#grant.release();
    this.#deps.metrics.activeStreams(-1);
    this.#request?.destroy();
  }

  #send(): void {
    const { exchange, head, visit } = this.#f;
    visit.pool.closeStale();
    const request = http.request({
      agent: visit.pool,
      method: exchange.method,
      path: head.path,
      headers: this.#f.headers as string[],
      maxHeaderSize: this.#deps.limits.maxAnswerHeadBytes,
    });
    // No maximum here: releases of node:http differ in whether they refuse or drop lines. visitorAnswerHead refuses them.
    request.maxHeadersCount = 0;
    this.#request = request;
    request.on('error', (error) => this.#onError(error, request));
    request.on('information', (interim) => this.#guard(() => this.#onInterim(interim, request)));
    request.on('response', (answer) => this.#onAnswer(answer, request));
    request.on('upgrade', (answer, stream, first) => this.#onUpgrade(answer, stream, first));
    if (exchange.body === null) {
      request.end();
      this.#watchForAnswer();
    }
  }

  #sendBody(body: NonNullable<Exchange['body']>, request: http.ClientRequest): void {
    body.pipe(request, { end: false });
    body.once('end', () => {
      if (!this.#f.exchange.isBodyWhole) return this.#f.exchange.abort();
      this.#isBodySent = true;
      const trailers = passableTrailers(this.#f.exchange.trailers);
      if (trailers.length > 0) request.addTrailers(asPairs(trailers));
      request.end();
      this.#watchForAnswer();
    });
    // A body that is slow to begin must not hold the head back: the upstream may answer to the head alone.
    process.nextTick(() => {
      if (!body.readableDidRead && !request.destroyed) request.flushHeaders();
    });
  }

  #watchForAnswer(): void {
    if (this.#isDone || this.#cancelTimer || this.#f.exchange.isAnswered) return;
    this.#cancelTimer = this.#deps.clock.after(this.#deps.limits.answerHeadTimeoutMs, () =>
      this.#fail(new AditError(9001)),
    );
  }

  #onInterim(interim: http.InformationEvent, request: http.ClientRequest): void {
    if (this.#isDone || this.#request !== request) return;
    if (++this.#interimAnswers > this.#deps.limits.maxInterimAnswers) return this.#fail(new AditError(3004));
    // A visitor that did not ask for 100 could take it for the answer.
    if (interim.statusCode === 100 && !this.#f.head.expectsContinue) return;
    this.#f.exchange.inform(interim.statusCode, endToEndAnswerLines(interim.rawHeaders));
  }

  #onAnswer(answer: http.IncomingMessage, request: http.ClientRequest): void {
    if (this.#isDone) return;
    this.#cancelTimer?.();
    const { exchange, head } = this.#f;
    let sink: NodeJS.WritableStream | null;
    try {
      const { acceptsTrailers } = head;
      const answerHead = visitorAnswerHead(answer, exchange, { acceptsTrailers, limits: this.#deps.limits });
      this.#hasAnswerBody = answerHead.hasBody;
      sink = exchange.answer(answerHead);
    } catch (error) {
      return this.#fail(error instanceof AditError ? error : new AditError(3004, undefined, { cause: error }));
    }
    this.#f.onAnswer(answer.statusCode ?? 0);
    answer.on('error', () => exchange.abort());
    answer.once('end', () => this.#guard(() => this.#onAnswerEnd(answer, request)));
    if (!sink) return void answer.resume();
    answer.pipe(sink, { end: false });
    // node:http keeps a head back for the first bytes of the body; when none came along with it, it must not wait.
    process.nextTick(() => {
      if (!answer.readableDidRead) exchange.flush();
    });
  }

  #onAnswerEnd(answer: http.IncomingMessage, request: http.ClientRequest): void {
    const { exchange } = this.#f;
    if (!this.#isWhole(answer, request)) return exchange.abort();
    exchange.end(passableTrailers(answer.rawTrailers));
    // An upstream that answered without reading the body might take the rest of it for the next request.
    if (!this.#isBodySent) {
      exchange.body?.unpipe(request);
      request.destroy();
      exchange.discardBody();
    }
  }

  /** node:http takes any end of the stream for the end of an answer without length or chunks, a lost stream as well. */
  #isWhole(answer: http.IncomingMessage, request: http.ClientRequest): boolean {
    if (!answer.complete) return false;
    return !this.#hasAnswerBody || !isEndedByStream(answer) || (request.socket?.readableEnded ?? false);
  }

  #onUpgrade(answer: http.IncomingMessage, stream: Duplex, first: Buffer): void {
    const { exchange } = this.#f;
    const protocol = answer.headers.upgrade?.trim().toLowerCase() ?? '';
    if (this.#isDone || !exchange.upgrade?.includes(protocol)) {
      stream.destroy();
      return this.#fail(new AditError(3004));
    }
    this.#cancelTimer?.();
    const headers = [...endToEndAnswerLines(answer.rawHeaders), 'Connection', 'Upgrade', 'Upgrade', protocol];
    this.#f.onAnswer(101);
    const visitor = exchange.acceptUpgrade({
      status: 101,
      reason: null,
      headers,
      hasBody: false,
      mayHaveTrailers: false,
      isLast: true,
    });
    if (first.length > 0) stream.unshift(first);
    joinStreams(visitor, stream);
  }

  #onError(error: Error, request: http.ClientRequest): void {
    // Once the answer has begun, its own error says so; of a request that was given up, nobody wants to hear.
    if (this.#isDone || this.#request !== request || this.#f.exchange.isAnswered) return;
    if (this.#mayRetry(error, request)) return this.#retry();
    this.#fail(upstreamError(error, request.socket?.readableEnded ?? false));
  }

  /**
   * The one retry: the upstream closed an idle stream at the moment we used it again. Nothing of an answer came, and the
   * request may be sent twice without harm (RFC 9110 §9.2.2). A fresh stream is never a reused one, so it ends there.
   */
  #mayRetry(error: Error, request: http.ClientRequest): boolean {
    const { exchange } = this.#f;
    // A link's own errors are about more than this stream, and a parser's mean that there was an answer.
    const isClosed = !(error instanceof AditError) && !('code' in error && String(error.code).startsWith('HPE_'));
    const isSafe = exchange.body === null && exchange.upgrade === null && idempotent.has(exchange.method);
    return request.reusedSocket && isClosed && isSafe && this.#interimAnswers === 0;
  }

  #retry(): void {
    this.#f.visit.pool.closeIdle();
    this.#guard(() => this.#send());
  }

  /** What the upstream sends must not throw past us, even if a codec cannot write it. */
  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#fail(upstreamError(error, true));
    }
  }

  #fail(error: AditError): void {
    if (this.#isDone) return;
    this.#hasFailed = true;
    this.#cancelTimer?.();
    this.#request?.destroy();
    this.#f.exchange.body?.unpipe();
    if (this.#f.exchange.isAnswered) this.#f.exchange.abort();
    else this.#f.onFailure(error);
  }
}
