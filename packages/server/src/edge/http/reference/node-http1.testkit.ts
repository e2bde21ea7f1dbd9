// edge/http/reference: HTTP/1 by node:http behind our own interfaces, for tests only. What the lean path says of bytes,
// node's strict parser must say as well; where it cannot, a scenario of tests/conformance names the reason.
import http from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { AditError } from '@adit/contracts';
import type { Codec, CodecOwner, Transport } from '../codec.ts';
import { NodeHttp1Exchange, type NodeHttp1Host, type NodeHttpDeps } from './http1-exchange.testkit.ts';
import { readUpgrade } from './upgrade-tokens.testkit.ts';

/** node:http reads ahead; more than this closes the connection. */
const maxPipelinedRequests = 32;

/** One http.Server that never listens; connections are handed to it. */
export class NodeHttp1 implements Codec {
  readonly #deps: NodeHttpDeps;
  readonly #server: http.Server;
  readonly #connections = new WeakMap<Duplex, NodeHttp1Connection>();

  constructor(deps: NodeHttpDeps) {
    this.#deps = deps;
    this.#server = http.createServer({
      insecureHTTPParser: false,
      maxHeaderSize: deps.limits.maxHeadBytes,
      // We say why a request without Host is refused; node:http would not.
      requireHostHeader: false,
      // Time is kept by VisitorConnection.
      keepAliveTimeout: 0,
      requestTimeout: 0,
      headersTimeout: 0,
      shouldUpgradeCallback: (request) => readUpgrade(request) !== null,
    });
    // No maximum here: releases of node:http differ in whether they refuse or drop lines. request-head.ts refuses them.
    this.#server.maxHeadersCount = 0;
    const onRequest = (request: http.IncomingMessage, response: http.ServerResponse): void => {
      this.#connections.get(request.socket)?.onRequest(request, response);
    };
    this.#server.on('request', onRequest);
    this.#server.on('checkContinue', onRequest);
    this.#server.on('checkExpectation', onRequest);
    this.#server.on('upgrade', (request, stream, first) => this.#connections.get(stream)?.onUpgrade(request, first));
    this.#server.on('connect', (_, stream) => this.#connections.get(stream)?.onMalformed(new AditError(9002)));
    this.#server.on('clientError', (error, stream) => this.#connections.get(stream)?.onError(error));
  }

  accept(stream: Duplex, owner: CodecOwner): Transport {
    const connection = new NodeHttp1Connection(stream, owner, this.#deps);
    this.#connections.set(stream, connection);
    this.#server.emit('connection', stream);
    return connection;
  }
}

/** One connection: its exchanges one after another, also when the visitor sends them all at once. */
class NodeHttp1Connection implements Transport, NodeHttp1Host {
  readonly stream: Duplex;
  readonly owner: CodecOwner;
  readonly deps: NodeHttpDeps;
  readonly #waiting: NodeHttp1Exchange[] = [];
  #current: NodeHttp1Exchange | null = null;
  #isEnding = false;

  constructor(stream: Duplex, owner: CodecOwner, deps: NodeHttpDeps) {
    this.stream = stream;
    this.owner = owner;
    this.deps = deps;
    // node:http takes its own listener away on upgrades.
    stream.on('error', () => {});
    stream.once('close', () => owner.onClose());
  }

  onRequest(request: http.IncomingMessage, response: http.ServerResponse): void {
    if (this.#isEnding) return;
    this.#take(new NodeHttp1Exchange(this, { request, response, first: null }));
  }

  onUpgrade(request: http.IncomingMessage, first: Buffer): void {
    // The parser is gone, so an answer that is still being written would never learn that the stream drained.
    if (this.#current || this.#isEnding) return this.destroy();
    const response = new http.ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(request.socket);
    this.stream.on('drain', () => response.emit('drain'));
    response.once('finish', () => this.#endAfterWrites());
    this.#take(new NodeHttp1Exchange(this, { request, response, first }));
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

  exchangeClosed(exchange: NodeHttp1Exchange): void {
    if (this.#current !== exchange || this.#isEnding || this.stream.destroyed) return;
    this.#current = this.#waiting.shift() ?? null;
    if (this.#current) this.#start(this.#current);
    else if (this.owner.isDraining && !exchange.isUpgraded) this.#endAfterWrites();
  }

  drain(): void {
    // Nobody knows when an upgraded stream would end; its client has to come back somewhere else, so better now.
    if (this.#current?.isUpgraded) this.destroy();
    else if (!this.#current) this.#endAfterWrites();
  }

  destroy(): void {
    this.#isEnding = true;
    // A plain TCP connection that is closed in good order would make a cut answer of HTTP/1.0 look whole.
    if (this.stream instanceof net.Socket && !('encrypted' in this.stream)) this.stream.resetAndDestroy();
    else this.stream.destroy();
  }

  #take(exchange: NodeHttp1Exchange): void {
    if (!this.#current) this.#start(exchange);
    else if (this.#waiting.push(exchange) > maxPipelinedRequests) this.destroy();
  }

  #start(exchange: NodeHttp1Exchange): void {
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
