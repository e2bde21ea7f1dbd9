import http from 'node:http';
import type { Duplex, Writable } from 'node:stream';
import { AditError } from '@adit/contracts';
import type { Clock } from '../../domain/clock.ts';
import type { CodecOwner } from './codec.ts';
import type { AnswerHead, Exchange, HeaderLines } from './exchange.ts';
import type { HttpLimits } from './http-limits.ts';
import { asPairs } from './trailers.ts';
import { readUpgrade } from './upgrade-tokens.ts';

export interface Http1Deps {
  readonly clock: Clock;
  readonly limits: HttpLimits;
}

/** The connection that an exchange is on, as the exchange sees it. */
export interface Http1Host {
  readonly stream: Duplex;
  readonly owner: CodecOwner;
  readonly deps: Http1Deps;
  destroy(): void;
  /** The exchange is over: the next may begin. */
  exchangeClosed(exchange: Http1Exchange): void;
}

/** The parts that node:http hands us for one request. */
interface Http1Parts {
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
  /** Set for upgrades: what came behind the head. */
  readonly first: Buffer | null;
}

/** One request of node:http as an exchange. */
export class Http1Exchange implements Exchange {
  readonly version: '1.0' | '1.1';
  readonly method: string;
  readonly target: string;
  readonly authority = null;
  readonly headers: HeaderLines;
  readonly body: http.IncomingMessage | null;
  readonly hasLength: boolean;
  readonly upgrade: readonly string[] | null;
  isAnswered = false;
  isClosed = false;
  isUpgraded = false;
  readonly #connection: Http1Host;
  readonly #request: http.IncomingMessage;
  readonly #response: http.ServerResponse;
  readonly #first: Buffer | null;
  #onClose: ((isWhole: boolean) => void) | null = null;

  constructor(connection: Http1Host, { request, response, first }: Http1Parts) {
    this.#connection = connection;
    this.#request = request;
    this.#response = response;
    this.#first = first;
    this.version = request.httpVersion === '1.0' ? '1.0' : '1.1';
    this.method = request.method ?? '';
    this.target = request.url ?? '';
    this.headers = request.rawHeaders;
    const length = request.headers['content-length'];
    this.hasLength = length !== undefined;
    const isEmpty =
      request.headers['transfer-encoding'] === undefined && (length === undefined || Number(length) === 0);
    this.body = isEmpty || first !== null ? null : request;
    this.upgrade = first === null ? null : readUpgrade(request);
    if (first === null) response.once('close', () => this.#close(response.writableFinished));
    else connection.stream.once('close', () => this.#close(response.writableFinished || this.isUpgraded));
  }

  get isBodyWhole(): boolean {
    return this.#request.complete;
  }

  get trailers(): HeaderLines {
    return this.#request.rawTrailers;
  }

  /**
   * What node's parser takes and we do not: other versions than 1.0 and 1.1, chunks in 1.0, a coding beside chunked, which
   * we would undo for the chunks only (RFC 9112 §6.1), and lengths that do not fit the numbers of some upstream.
   */
  framingProblem(): AditError | null {
    const { httpVersion, headers } = this.#request;
    if (httpVersion !== '1.1' && httpVersion !== '1.0') return new AditError(9002);
    const coding = headers['transfer-encoding'];
    if (coding !== undefined && (httpVersion === '1.0' || coding.toLowerCase() !== 'chunked'))
      return new AditError(9002);
    const length = headers['content-length'];
    return length !== undefined && !/^\d{1,15}$/.test(length) ? new AditError(9002) : null;
  }

  inform(status: number, headers: HeaderLines): void {
    if (this.version === '1.0' || this.isAnswered || this.isClosed) return;
    // Marks the response, so that node:http keeps the connection after it.
    if (status === 100) return this.#response.writeContinue();
    this.#connection.stream.write(headText({ status, reason: null, headers }), 'latin1');
  }

  answer(head: AnswerHead): Writable | null {
    if (this.isClosed) return null;
    const isLast = head.isLast || this.#connection.owner.isDraining;
    const headers = isLast ? [...head.headers, 'connection', 'close'] : [...head.headers];
    this.#response.writeHead(head.status, head.reason ?? http.STATUS_CODES[head.status] ?? '', headers);
    this.isAnswered = true;
    return head.hasBody ? this.#response : null;
  }

  flush(): void {
    if (!this.#response.writableEnded && !this.isClosed) this.#response.flushHeaders();
  }

  end(trailers: HeaderLines): void {
    if (trailers.length > 0) this.#response.addTrailers(asPairs(trailers));
    this.#response.end();
  }

  acceptUpgrade(head: AnswerHead): Duplex {
    const { stream } = this.#connection;
    this.isAnswered = true;
    this.isUpgraded = true;
    this.#response.detachSocket(this.#request.socket);
    stream.write(headText(head), 'latin1');
    if (this.#first && this.#first.length > 0) stream.unshift(this.#first);
    return stream;
  }

  discardBody(): void {
    const { body } = this;
    if (!body || body.readableEnded || body.destroyed) return;
    const { clock, limits } = this.#connection.deps;
    let left = limits.maxDiscardBytes;
    const cancel = clock.after(limits.discardTimeoutMs, () => this.abort());
    body.once('close', cancel);
    body.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) this.abort();
    });
    body.resume();
  }

  abort(): void {
    this.#connection.destroy();
  }

  onClose(callback: (isWhole: boolean) => void): void {
    this.#onClose = callback;
  }

  #close(isWhole: boolean): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#onClose?.(isWhole);
    this.#connection.exchangeClosed(this);
  }
}

function headText(head: { status: number; reason: string | null; headers: HeaderLines }): string {
  let text = `HTTP/1.1 ${head.status} ${head.reason ?? http.STATUS_CODES[head.status] ?? ''}\r\n`;
  for (let i = 0; i < head.headers.length; i += 2) text += `${head.headers[i]}: ${head.headers[i + 1]}\r\n`;
  return `${text}\r\n`;
}
