import http from 'node:http';
import type { Duplex } from 'node:stream';
import type { ConnectFacts } from '@adit/policy-kit';
import type { Route } from '../../../domain/route.ts';
import type { UpstreamExchange, UpstreamPool, UpstreamReceiver, UpstreamRequest } from '../upstream.ts';
import type { NodeHttpDeps } from './http1-exchange.testkit.ts';
import { NodeHttpUpstreamRequest } from './node-http-request.testkit.ts';

/** The upstream side by node:http's client: one http.Agent for one visitor connection and one endpoint. */
export class NodeHttpPool extends http.Agent implements UpstreamPool {
  readonly deps: NodeHttpDeps;
  readonly #route: Route;
  readonly #visitor: ConnectFacts;
  readonly #idleSince = new Map<Duplex, number>();
  readonly #streams = new Set<Duplex>();
  #isRetired = false;

  constructor(route: Route, visitor: ConnectFacts, deps: NodeHttpDeps) {
    super({ keepAlive: true, maxFreeSockets: deps.limits.maxIdleUpstreams });
    this.deps = deps;
    this.#route = route;
    this.#visitor = visitor;
  }

  send(request: UpstreamRequest, receiver: UpstreamReceiver): UpstreamExchange {
    this.#closeStale();
    return new NodeHttpUpstreamRequest({ agent: this, limits: this.deps.limits }, request, receiver);
  }

  retire(): void {
    this.#isRetired = true;
    this.closeIdle();
  }

  closeIdle(): void {
    for (const stream of this.#idleSince.keys()) stream.destroy();
  }

  override destroy(): void {
    this.#isRetired = true;
    for (const stream of this.#streams) stream.destroy();
  }

  /** All streams of a pool go to the same place. */
  override getName(): string {
    return '';
  }

  /** @throws {AditError} 3200, 3210: as `Link.open`. */
  override createConnection(): Duplex {
    const { bindId, endpoint, link } = this.#route;
    const stream = link.open({ bindId, visitor: this.#visitor, protocol: endpoint.scheme });
    this.#streams.add(stream);
    // node:http leaves a stream without this listener between an answer's end and its way into the pool.
    stream.on('error', ignoreError);
    stream.once('close', () => {
      this.#streams.delete(stream);
      this.#idleSince.delete(stream);
    });
    // The pool of node:http asks this of the sockets it was made for.
    if (!('ref' in stream)) Object.assign(stream, { ref: () => stream });
    return stream;
  }

  /** node:http asks whether the stream may wait for another request; false destroys it. */
  override keepSocketAlive(stream: Duplex): boolean {
    if (this.#isRetired || stream.readableEnded || stream.readableLength > 0) return false;
    this.#idleSince.set(stream, this.deps.clock.now());
    // Bytes that no request asked for are an answer out of step; the end means that the upstream closed.
    stream.once('data', destroyThis);
    stream.once('end', destroyThis);
    stream.resume();
    return true;
  }

  override reuseSocket(stream: Duplex, request: http.ClientRequest): void {
    this.#idleSince.delete(stream);
    stream.removeListener('data', destroyThis);
    stream.removeListener('end', destroyThis);
    super.reuseSocket(stream, request);
  }

  #closeStale(): void {
    const oldest = this.deps.clock.now() - this.deps.limits.idleUpstreamMs;
    for (const [stream, since] of this.#idleSince) if (since < oldest) stream.destroy();
  }
}

function ignoreError(): void {}

function destroyThis(this: Duplex): void {
  this.destroy();
}
