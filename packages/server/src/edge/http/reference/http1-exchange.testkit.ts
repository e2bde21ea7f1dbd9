import http from 'node:http';
import type { Duplex } from 'node:stream';
import { AditError } from '@adit/contracts';
import type { Clock } from '../../../domain/clock.ts';
import type { CodecOwner } from '../codec.ts';
import type { AnswerHead, Exchange, ExchangeOwner, HeaderLines } from '../exchange.ts';
import type { HttpLimits } from '../http-limits.ts';
import { readUpgrade } from './upgrade-tokens.testkit.ts';

export interface NodeHttpDeps {
  readonly clock: Clock;
  readonly limits: HttpLimits;
}

/** The connection that an exchange is on, as the exchange sees it. */
export interface NodeHttp1Host {
  readonly stream: Duplex;
  readonly owner: CodecOwner;
  readonly deps: NodeHttpDeps;
  destroy(): void;
  /** The exchange is over: the next may begin. */
  exchangeClosed(exchange: NodeHttp1Exchange): void;
}

/** The parts that node:http hands us for one request. */
interface NodeHttp1Parts {
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
  /** Set for upgrades: what came behind the head. */
  readonly first: Buffer | null;
}

/** One request of node:http as an exchange. */
export class NodeHttp1Exchange implements Exchange {
  readonly version: '1.0' | '1.1';
  readonly method: string;
  readonly target: string;
  readonly authority = null;
  readonly headers: HeaderLines;
  readonly hasBody: boolean;
  readonly hasLength: boolean;
  readonly upgrade: readonly string[] | null;
  isAnswered = false;
  isClosed = false;
  isUpgraded = false;
  readonly #connection: NodeHttp1Host;
  readonly #request: http.IncomingMessage;
  readonly #response: http.ServerResponse;
  readonly #first: Buffer | null;
  #owner: ExchangeOwner | null = null;
  #isReading = false;
  #isDiscarding = false;
  #mayHaveTrailers = false;

  constructor(connection: NodeHttp1Host, { request, response, first }: NodeHttp1Parts) {
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
    const isChunked = request.headers['transfer-encoding'] !== undefined;
    this.hasBody = first === null && (isChunked || (length !== undefined && Number(length) > 0));
    this.upgrade = first === null ? null : readUpgrade(request);
    if (first === null) response.once('close', () => this.#close(response.writableFinished));
    else connection.stream.once('close', () => this.#close(response.writableFinished || this.isUpgraded));
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

  own(owner: ExchangeOwner): void {
    this.#owner = owner;
    this.#response.on('drain', () => owner.onDrain());
  }

  resumeBody(): void {
    if (!this.hasBody || this.#isDiscarding) return;
    if (!this.#isReading) this.#read();
    this.#request.resume();
  }

  pauseBody(): void {
    if (!this.#isDiscarding) this.#request.pause();
  }

  inform(status: number, headers: HeaderLines): void {
    if (this.version === '1.0' || this.isAnswered || this.isClosed) return;
    // Marks the response, so that node:http keeps the connection after it.
    if (status === 100) return this.#response.writeContinue();
    this.#connection.stream.write(headText({ status, reason: null, headers }), 'latin1');
  }

  answer(head: AnswerHead): void {
    if (this.isClosed) return;
    const isLast = head.isLast || this.#connection.owner.isDraining;
    const headers = [...head.headers];
    if (head.hasBody && this.version === '1.1' && !hasLine(headers, 'content-length'))
      headers.push('Transfer-Encoding', 'chunked');
    if (isLast) headers.push('Connection', 'close');
    this.#response.sendDate = false;
    this.#response.writeHead(head.status, head.reason ?? http.STATUS_CODES[head.status] ?? '', headers);
    this.isAnswered = true;
    this.#mayHaveTrailers = head.mayHaveTrailers;
    process.nextTick(() => {
      if (!this.isClosed && !this.#response.writableEnded) this.#response.flushHeaders();
    });
  }

  write(piece: Buffer): boolean {
    return this.isClosed || this.#response.write(piece);
  }

  end(trailers: HeaderLines): void {
    if (this.isClosed) return;
    if (trailers.length > 0 && this.#mayHaveTrailers) this.#response.addTrailers(asPairs(trailers));
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
    if (!this.hasBody || this.#request.readableEnded || this.#request.destroyed) return;
    this.#isDiscarding = true;
    const { clock, limits } = this.#connection.deps;
    let left = limits.maxDiscardBytes;
    const cancel = clock.after(limits.discardTimeoutMs, () => this.abort());
    this.#request.once('close', cancel);
    this.#request.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) this.abort();
    });
    this.#request.resume();
  }

  abort(): void {
    this.#connection.destroy();
  }

  #read(): void {
    this.#isReading = true;
    this.#request.on('data', (piece: Buffer) => {
      if (!this.#isDiscarding) this.#owner?.onBody(piece);
    });
    // node:http also ends a body that was cut.
    this.#request.once('end', () => {
      if (!this.#isDiscarding && this.#request.complete) this.#owner?.onBodyEnd(this.#request.rawTrailers);
    });
  }

  #close(isWhole: boolean): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#owner?.onClose(isWhole);
    this.#connection.exchangeClosed(this);
  }
}

function hasLine(headers: HeaderLines, lowerName: string): boolean {
  return headers.some((name, i) => i % 2 === 0 && name.toLowerCase() === lowerName);
}

/** Header lines as the pairs that node:http wants for trailers. */
export function asPairs(lines: HeaderLines): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < lines.length; i += 2) pairs.push([lines[i] ?? '', lines[i + 1] ?? '']);
  return pairs;
}

function headText(head: { status: number; reason: string | null; headers: HeaderLines }): string {
  let text = `HTTP/1.1 ${head.status} ${head.reason ?? http.STATUS_CODES[head.status] ?? ''}\r\n`;
  for (let i = 0; i < head.headers.length; i += 2) text += `${head.headers[i]}: ${head.headers[i + 1]}\r\n`;
  return `${text}\r\n`;
}
