// HTTP/1.1 by node:http with its strict parser. What that parser lets through and we do not is refused here (framing,
// versions) or in request-head.ts (host, target).
import http from 'node:http';
import net from 'node:net';
import type { Duplex, Writable } from 'node:stream';
import { AditError } from '@adit/contracts';
import type { Clock } from '../../domain/clock.ts';
import type { Codec, CodecOwner, Transport } from './codec.ts';
import type { AnswerHead, Exchange, HeaderLines } from './exchange.ts';
import type { HttpLimits } from './http-limits.ts';
import { asPairs } from './trailers.ts';
import { readUpgrade } from './upgrade-tokens.ts';

interface Http1Deps {
  readonly clock: Clock;
  readonly limits: HttpLimits;
}

/** One http.Server that never listens; connections are handed to it. */
export class NodeHttp1 implements Codec {
  readonly #deps: Http1Deps;
  readonly #server: http.Server;
  readonly #connections = new WeakMap<Duplex, Http1Connection>();

  constructor(deps: Http1Deps) {
    this.#deps = deps;
    this.#server = http.createServer({
      insecureHTTPParser: false,
      maxHeaderSize: deps.limits.maxHeadBytes,
      // We say why a request without Host is refused; node:http would not.
      requireHostHeader: false,
      // Time is kept by VisitorConnection; bodies have no limit.
      keepAliveTimeout: 0,
      requestTimeout: 0,
      headersTimeout: 0,
      shouldUpgradeCallback: (request) => readUpgrade(request) !== null,
    });
    // node:http would drop lines past its maximum without a word; request-head.ts refuses them.
    this.#server.maxHeadersCount = 0;
    const onRequest = (request: http.IncomingMessage, response: http.ServerResponse): void => {
      this.#connections.get(request.socket)?.onRequest(request, response);
    };
    this.#server.on('request', onRequest);
    this.#server.on('checkContinue', onRequest);
    this.#server.on('checkExpectation', onRequest);
    this.#server.on('upgrade', (request, stream, first) => this.#connections.get(stream)?.onUpgrade(request, first));
    this.#server.on('connect', (_, stream) =>
      this.#connections.get(stream)?.onMalformed(new AditError(9002, connectRefused)),
    );
    this.#server.on('clientError', (error, stream) => this.#connections.get(stream)?.onError(error));
  }

  accept(stream: Duplex, owner: CodecOwner): Transport {
    const connection = new Http1Connection(stream, owner, this.#deps);
    this.#connections.set(stream, connection);
    this.#server.emit('connection', stream);
    return connection;
  }
}

const connectRefused = 'Cannot open a tunnel: CONNECT is not served here';

/** One connection: its exchanges one after another, also when the visitor sends them all at once. */
class Http1Connection implements Transport {
  readonly stream: Duplex;
  readonly owner: CodecOwner;
  readonly deps: Http1Deps;
  readonly #waiting: Http1Exchange[] = [];
  #current: Http1Exchange | null = null;
  #isEnding = false;

  constructor(stream: Duplex, owner: CodecOwner, deps: Http1Deps) {
    this.stream = stream;
    this.owner = owner;
    this.deps = deps;
    // node:http takes its own listener away on upgrades.
    stream.on('error', () => {});
    stream.once('close', () => owner.onClose());
  }

  onRequest(request: http.IncomingMessage, response: http.ServerResponse): void {
    if (this.#isEnding) return;
    this.#take(new Http1Exchange(this, { request, response, first: null }));
  }

  onUpgrade(request: http.IncomingMessage, first: Buffer): void {
    // The parser is gone, so an answer that is still being written would never learn that the stream drained.
    if (this.#current || this.#isEnding) return this.destroy();
    const response = new http.ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(request.socket);
    this.stream.on('drain', () => response.emit('drain'));
    response.once('finish', () => this.#endAfterWrites());
    this.#take(new Http1Exchange(this, { request, response, first }));
  }

  onError(error: NodeJS.ErrnoException): void {
    if (error.code === 'HPE_HEADER_OVERFLOW') this.onMalformed(new AditError(9006));
    else if (error.code?.startsWith('HPE_')) this.onMalformed(new AditError(9002));
    else this.destroy();
  }

  /** Answers 400 (or 431) and closes; or only closes, if an answer is under way that this would corrupt. */
  onMalformed(error: AditError): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    if (this.#current?.isAnswered || !this.stream.writable) return this.destroy();
    this.stream.write(this.owner.onMalformed(error), 'latin1');
    this.#endAfterWrites();
  }

  exchangeClosed(exchange: Http1Exchange): void {
    if (this.#current !== exchange || this.#isEnding || this.stream.destroyed) return;
    this.#current = this.#waiting.shift() ?? null;
    if (this.#current) this.#start(this.#current);
    else if (this.owner.isDraining && !exchange.isUpgraded) this.#endAfterWrites();
  }

  drain(): void {
    if (!this.#current) this.#endAfterWrites();
  }

  destroy(): void {
    this.#isEnding = true;
    // A plain TCP connection that is closed in good order would make a cut answer of HTTP/1.0 look whole.
    if (this.stream instanceof net.Socket && !('encrypted' in this.stream)) this.stream.resetAndDestroy();
    else this.stream.destroy();
  }

  #take(exchange: Http1Exchange): void {
    if (!this.#current) this.#start(exchange);
    else if (this.#waiting.push(exchange) > this.deps.limits.maxPipelinedRequests) this.destroy();
  }

  #start(exchange: Http1Exchange): void {
    this.#current = exchange;
    const problem = exchange.framingProblem();
    if (problem) this.onMalformed(problem);
    else this.owner.onExchange(exchange);
  }

  #endAfterWrites(): void {
    this.#isEnding = true;
    const { stream } = this;
    if (stream instanceof net.Socket) stream.destroySoon();
    else stream.end(() => stream.destroy());
  }
}

/** The parts that node:http hands us for one request. */
interface Http1Parts {
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
  /** Set for upgrades: what came behind the head. */
  readonly first: Buffer | null;
}

class Http1Exchange implements Exchange {
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
  readonly #connection: Http1Connection;
  readonly #request: http.IncomingMessage;
  readonly #response: http.ServerResponse;
  readonly #first: Buffer | null;
  #onClose: ((isWhole: boolean) => void) | null = null;

  constructor(connection: Http1Connection, { request, response, first }: Http1Parts) {
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
