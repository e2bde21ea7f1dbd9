import type { Duplex } from 'node:stream';
import { AditError } from '@adit/contracts';
import {
  type Close,
  type ConnectFacts,
  type Denial,
  forgetContent,
  HeaderFields,
  type PolicyRequest,
} from '@adit/policy-kit';
import type { Clock } from '../../../domain/clock.ts';
import type { Grant, Grants, LiveStream } from '../../../domain/grants.ts';
import { admitPath } from '../../admit-path.ts';
import { joinStreams } from '../../join-streams.ts';
import { answerContent } from '../errors/error-answer.ts';
import type { AnswerHead, Exchange, HeaderLines } from '../exchange.ts';
import { lineValue } from '../header-lines.ts';
import type { HttpLimits } from '../http-limits.ts';
import type { HttpMetrics } from '../http-metrics.ts';
import type { UpstreamAnswer, UpstreamExchange, UpstreamReceiver, UpstreamRequest } from '../upstream.ts';
import type { EndpointVisit } from '../visitor-connection.ts';
import { endToEndAnswerLines, visitorAnswerHead } from './answer-head.ts';
import { AnswerView } from './answer-view.ts';
import { EventRefused } from './event-transform.ts';
import type { HeldBody } from './held-body.ts';
import { type HostRewrite, turnBackOwnReferences } from './own-references.ts';
import type { PolicyPassage } from './policy-passage.ts';
import type { RequestHead } from './request-head.ts';
import { passableTrailers } from './trailers.ts';
import { TransformedBody } from './transformed-body.ts';

/** What a decided request is forwarded with. */
export interface Forwarding {
  readonly exchange: Exchange;
  readonly head: RequestHead;
  /** As policies left it: origin-form or `*`. */
  readonly path: string;
  readonly visit: EndpointVisit;
  /** Visits to those endpoints whose policies sent the request on to others, the one that was asked for first. */
  readonly via: readonly EndpointVisit[];
  /** The header lines for the upstream. */
  readonly headers: HeaderLines;
  /** Content that is here already; null: it is still to come. */
  readonly body: HeldBody | null;
  /** Not null: goes in place of `body`, and its length is in `headers`. */
  readonly replacedBody: Buffer | null;
  /** Null: nobody wants to see the answer. */
  readonly passage: PolicyPassage | null;
  /** Set where the service is told another Host than the visitor's. */
  readonly hostRewrite: HostRewrite | null;
  /** Tells the visitor; called at most once, before any answer. */
  onFailure(error: unknown): void;
  /** A policy refused the answer, or a message of one that has begun; called at most once. */
  onRefused(refusal: Denial | Close): void;
  /** What the upstream said, whatever becomes of it. */
  onUpstreamAnswer(status: number): void;
  /** What the visitor gets, for log and metrics. */
  onAnswer(status: number): void;
  /** The request as policies see it. */
  view(): PolicyRequest;
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
export class ForwardedRequest implements UpstreamReceiver, LiveStream {
  readonly #f: Forwarding;
  readonly #deps: ForwardingDeps;
  readonly #held: readonly Grant[];
  #upstream: UpstreamExchange | null = null;
  #cancelTimer: (() => void) | null = null;
  #interimAnswers = 0;
  #isBodySent: boolean;
  #hasAnswerBody = false;
  /** Policies are looking at the answer. */
  #isShaping = false;
  /** Its content was over before they were done. */
  #endAfterShaping: HeaderLines | null = null;
  #answerTrailers: HeaderLines = [];
  #transformed: TransformedBody | null = null;
  #isRetried = false;
  #hasFailed = false;
  #isOver = false;

  constructor(forwarding: Forwarding, deps: ForwardingDeps) {
    this.#f = forwarding;
    this.#deps = deps;
    this.#isBodySent = !forwarding.exchange.hasBody;
    const path = [...forwarding.via, forwarding.visit].map(({ route }) => route);
    this.#held = admitPath(deps.grants, path, this);
    deps.metrics.activeStreams(1);
  }

  get facts(): ConnectFacts {
    return this.#f.visit.facts;
  }

  get request(): PolicyRequest {
    return this.#f.view();
  }

  cut(): void {
    this.#f.exchange.abort();
  }

  get #isDone(): boolean {
    return this.#isOver || this.#hasFailed;
  }

  start(): void {
    this.#send();
    const { exchange, body } = this.#f;
    if (this.#isBodySent) this.#watchForAnswer();
    else if (body?.isWhole) this.#sendHeld(body);
    else exchange.resumeBody();
  }

  #sendHeld(body: HeldBody): void {
    const { replacedBody } = this.#f;
    const content = replacedBody ?? body.content;
    if (content.length > 0) this.#upstream?.write(content);
    this.sendEnd(replacedBody ? [] : body.trailers);
  }

  /** The exchange is closed, whole or not. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelTimer?.();
    for (const grant of this.#held) grant.release();
    this.#transformed?.destroy();
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
    if (this.#transformed) this.#transformed.resume();
    else this.#upstream?.resume();
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
      this.#f.onUpstreamAnswer(answer.status);
      if (this.#f.passage) this.#shape(this.#f.passage, new AnswerView(head, null));
      else this.#answer(head);
    } catch (error) {
      this.#fail(error);
    }
  }

  onBody(piece: Buffer): void {
    if (!this.#hasAnswerBody) return;
    const isTaken = this.#transformed ? this.#transformed.write(piece) : this.#f.exchange.write(piece);
    if (!isTaken) this.#upstream?.pause();
  }

  onBodyEnd(trailers: HeaderLines): void {
    if (this.#isDone) return;
    if (this.#transformed) {
      const fields = new HeaderFields([...trailers]);
      forgetContent(fields);
      this.#answerTrailers = fields.lines;
      this.#transformed.end();
    } else if (this.#isShaping) this.#endAfterShaping = trailers;
    else this.#endAnswer(trailers);
  }

  #answer(head: AnswerHead): void {
    this.#hasAnswerBody = head.hasBody;
    this.#f.onAnswer(head.status);
    this.#f.exchange.answer(head);
  }

  /** Policies see the answer before the visitor does; its content waits for them. */
  #shape(passage: PolicyPassage, view: AnswerView): void {
    this.#isShaping = true;
    this.#upstream?.pause();
    passage
      .shape(view)
      .then((refusal) => {
        this.#isShaping = false;
        if (this.#isDone) return view.destroy();
        if (refusal !== null) return this.#refused(refusal);
        this.#answerShaped(view);
      })
      .catch((error: unknown) => this.#fail(error));
  }

  #refused(refusal: Denial | Close): void {
    this.#hasFailed = true;
    this.#upstream?.abort();
    this.#f.onRefused(refusal);
  }

  #answerShaped(view: AnswerView): void {
    const { content } = view;
    if (content !== null) return this.#answerInstead(view.head, content);
    if (view.hasBody && view.transforms.length > 0) this.#transformed = this.#transformedBy(view);
    this.#answer(view.head);
    if (this.#endAfterShaping) this.onBodyEnd(this.#endAfterShaping);
    else this.#upstream?.resume();
  }

  /** A policy answers in place of the upstream, whose content nobody wants. */
  #answerInstead(head: AnswerHead, content: Buffer): void {
    this.#upstream?.abort();
    this.#f.onAnswer(head.status);
    answerContent(this.#f.exchange, head, content);
    this.#hasFailed = true;
  }

  #transformedBy(view: AnswerView): TransformedBody {
    return new TransformedBody(view.transforms, {
      write: (piece) => this.#f.exchange.write(piece),
      end: () => this.#endAnswer(this.#answerTrailers),
      onDrain: () => this.#upstream?.resume(),
      onError: (error) => {
        if (this.#isDone) return;
        if (error instanceof EventRefused) this.#refused(error.refusal);
        else this.#fail(error);
      },
    });
  }

  #endAnswer(trailers: HeaderLines): void {
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
    this.#f.onUpstreamAnswer(101);
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
    const { exchange, path, visit, headers } = this.#f;
    const hasLength = exchange.hasLength || this.#f.replacedBody !== null;
    const request: UpstreamRequest = {
      method: exchange.method,
      path,
      headers,
      body: exchange.hasBody ? (hasLength ? 'length' : 'chunked') : 'none',
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
