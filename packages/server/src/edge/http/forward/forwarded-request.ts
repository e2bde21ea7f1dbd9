import type { Duplex } from 'node:stream';
import { AditError } from '@adit/contracts';
import type { Clock } from '../../../domain/clock.ts';
import type { Grant, Grants } from '../../../domain/grants.ts';
import { joinStreams } from '../../join-streams.ts';
import type { AnswerHead, Exchange, HeaderLines } from '../exchange.ts';
import { lineValue } from '../header-lines.ts';
import type { HttpLimits } from '../http-limits.ts';
import type { HttpMetrics } from '../http-metrics.ts';
import type { UpstreamAnswer, UpstreamExchange, UpstreamReceiver, UpstreamRequest } from '../upstream.ts';
import type { EndpointVisit } from '../visitor-connection.ts';
import { endToEndAnswerLines, visitorAnswerHead } from './answer-head.ts';
import { type HostRewrite, turnBackOwnReferences } from './own-references.ts';
import type { RequestHead } from './request-head.ts';
import { passableTrailers } from './trailers.ts';

/** What a decided request is forwarded with. */
export interface Forwarding {
  readonly exchange: Exchange;
  readonly head: RequestHead;
  readonly visit: EndpointVisit;
  /** The header lines for the upstream. */
  readonly headers: HeaderLines;
  /** Set where the service is told another Host than the visitor's. */
  readonly hostRewrite: HostRewrite | null;
  /** Tells the visitor; called at most once, before any answer. */
  onFailure(error: unknown): void;
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
 * who leaves gives up the upstream stream.
 */
export class ForwardedRequest implements UpstreamReceiver {
  readonly #f: Forwarding;
  readonly #deps: ForwardingDeps;
  readonly #grant: Grant;
  #upstream: UpstreamExchange | null = null;
  #cancelTimer: (() => void) | null = null;
  #interimAnswers = 0;
  #isBodySent: boolean;
  #hasAnswerBody = false;
  #isRetried = false;
  #hasFailed = false;
  #isOver = false;

  constructor(forwarding: Forwarding, deps: ForwardingDeps) {
    this.#f = forwarding;
    this.#deps = deps;
    this.#isBodySent = !forwarding.exchange.hasBody;
    const { route, facts } = forwarding.visit;
    this.#grant = deps.grants.admit(route, facts, () => this.#f.exchange.abort());
    deps.metrics.activeStreams(1);
  }

  get #isDone(): boolean {
    return this.#isOver || this.#hasFailed;
  }

  start(): void {
    this.#send();
    if (this.#isBodySent) this.#watchForAnswer();
    else this.#f.exchange.resumeBody();
  }

  /** The exchange is closed, whole or not. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelTimer?.();
    this.#grant.release();
    this.#deps.metrics.activeStreams(-1);
    this.#upstream?.abort();
  }

  sendPiece(piece: Buffer): void {
    if (!this.#isDone && this.#upstream?.write(piece) === false) this.#f.exchange.pauseBody();
  }

  sendEnd(trailers: HeaderLines): void {
    if (this.#isDone) return;
    this.#isBodySent = true;
    this.#upstream?.end(passableTrailers(trailers));
    this.#watchForAnswer();
  }

  resumeAnswer(): void {
    this.#upstream?.resume();
  }

  onDrain(): void {
    if (!this.#isBodySent) this.#f.exchange.resumeBody();
  }

  onInterim(status: number, headers: HeaderLines): void {
    if (this.#isDone) return;
    if (++this.#interimAnswers > this.#deps.limits.maxInterimAnswers) return this.#fail(new AditError(3004));
    // A visitor that did not ask for 100 could take it for the answer.
    if (status === 100 && !this.#f.head.expectsContinue) return;
    this.#f.exchange.inform(status, endToEndAnswerLines(headers));
  }

  onAnswer(answer: UpstreamAnswer): void {
    if (this.#isDone) return;
    this.#cancelTimer?.();
    try {
      const head = this.#turnedBack(visitorAnswerHead(answer, this.#f.exchange, this.#f.head));
      this.#hasAnswerBody = head.hasBody;
      this.#f.onAnswer(head.status);
      this.#f.exchange.answer(head);
    } catch (error) {
      this.#fail(error);
    }
  }

  onBody(piece: Buffer): void {
    if (this.#hasAnswerBody && !this.#f.exchange.write(piece)) this.#upstream?.pause();
  }

  onBodyEnd(trailers: HeaderLines): void {
    if (this.#isDone) return;
    const { exchange } = this.#f;
    const isEarly = !this.#isBodySent;
    // An upstream that answered without reading the body might take the rest of it for the next request.
    if (isEarly) this.#upstream?.abort();
    exchange.end(passableTrailers(trailers));
    if (isEarly) exchange.discardBody();
  }

  onUpgrade(answer: UpstreamAnswer, stream: Duplex): void {
    const { exchange } = this.#f;
    const protocol = upgradedTo(answer.headers);
    if (this.#isDone || !exchange.upgrade?.includes(protocol)) {
      stream.destroy();
      return this.#fail(new AditError(3004));
    }
    this.#cancelTimer?.();
    this.#f.onAnswer(101);
    const headers = [...endToEndAnswerLines(answer.headers), 'Connection', 'Upgrade', 'Upgrade', protocol];
    const head = { status: 101, reason: null, headers, hasBody: false, mayHaveTrailers: false, isLast: true };
    joinStreams(exchange.acceptUpgrade(head), stream);
  }

  onFailure(error: AditError, isStale: boolean): void {
    if (this.#isDone) return;
    if (isStale && this.#mayRetry()) this.#retry();
    else this.#fail(error);
  }

  #turnedBack(head: AnswerHead): AnswerHead {
    const { hostRewrite } = this.#f;
    return hostRewrite ? { ...head, headers: turnBackOwnReferences(head.headers, hostRewrite) } : head;
  }

  #send(): void {
    const { exchange, head, visit, headers } = this.#f;
    const request: UpstreamRequest = {
      method: exchange.method,
      path: head.path,
      headers,
      body: exchange.hasBody ? (exchange.hasLength ? 'length' : 'chunked') : 'none',
      upgrade: exchange.upgrade,
    };
    this.#upstream = visit.pool.send(request, this);
  }

  #watchForAnswer(): void {
    if (this.#isDone || this.#cancelTimer || this.#f.exchange.isAnswered) return;
    this.#cancelTimer = this.#deps.clock.after(this.#deps.limits.answerHeadTimeoutMs, () =>
      this.#fail(new AditError(9001)),
    );
  }

  /**
   * The one retry: the upstream closed an idle stream at the moment we used it again, or refused the request before it
   * looked at it, and the request may be sent twice without harm (RFC 9110 §9.2.2).
   */
  #mayRetry(): boolean {
    const { exchange } = this.#f;
    return !this.#isRetried && !exchange.hasBody && exchange.upgrade === null && idempotent.has(exchange.method);
  }

  #retry(): void {
    this.#isRetried = true;
    this.#f.visit.pool.closeIdle();
    try {
      this.#send();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#isDone) return;
    this.#hasFailed = true;
    this.#cancelTimer?.();
    this.#upstream?.abort();
    if (this.#f.exchange.isAnswered) this.#f.exchange.abort();
    else this.#f.onFailure(error);
  }
}

/** The protocol of a 101, lower case; empty if it names none. */
function upgradedTo(headers: HeaderLines): string {
  return (lineValue(headers, 'upgrade') ?? '').trim().toLowerCase();
}
