import http from 'node:http';
import type { Duplex } from 'node:stream';
import type { ConnectFacts } from '@adit/policy-kit';
import type { Clock } from '../../domain/clock.ts';
import type { Route } from '../../domain/route.ts';
import type { HttpLimits } from './http-limits.ts';

/**
 * The upstream streams of one visitor connection to one generation of one endpoint. A stream is used again only here:
 * client address, PROXY header and connection-bound logins belong to that visitor, and an answer that came out of step
 * must not reach another.
 */
export class UpstreamPool extends http.Agent {
  readonly #route: Route;
  readonly #visitor: ConnectFacts;
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #idleSince = new Map<Duplex, number>();
  #isRetired = false;

  constructor(route: Route, visitor: ConnectFacts, options: { clock: Clock; limits: HttpLimits }) {
    super({ keepAlive: true, maxFreeSockets: options.limits.maxIdleUpstreams });
    this.#route = route;
    this.#visitor = visitor;
    this.#clock = options.clock;
    this.#idleMs = options.limits.idleUpstreamMs;
  }

  /** Closes idle streams that have waited too long to be trusted. Called before each request. */
  closeStale(): void {
    if (this.#idleSince.size === 0) return;
    const oldest = this.#clock.now() - this.#idleMs;
    for (const [stream, since] of this.#idleSince) if (since < oldest) stream.destroy();
  }

  /** Lets what is under way finish and keeps nothing: another generation of the endpoint has taken its place. */
  retire(): void {
    this.#isRetired = true;
    this.closeIdle();
  }

  /** Makes sure that the next request gets a fresh stream. */
  closeIdle(): void {
    for (const stream of this.#idleSince.keys()) stream.destroy();
  }

  /** All streams of a pool go to the same place. */
  override getName(): string {
    return '';
  }

  /** @throws {AditError} 3200, 3210: as `Link.open`. */
  override createConnection(): Duplex {
    const { bindId, endpoint, link } = this.#route;
    const stream = link.open({ bindId, visitor: this.#visitor, protocol: endpoint.scheme });
    // node:http leaves a stream without this listener between an answer's end and its way into the pool: an agent that
    // resets it just then would end the process. Requests under way learn of errors by their own listener.
    stream.on('error', ignoreError);
    stream.once('close', () => this.#idleSince.delete(stream));
    // The pool of node:http asks this of the sockets it was made for.
    if (!('ref' in stream)) Object.assign(stream, { ref: () => stream });
    return stream;
  }

  /** node:http asks whether the stream may wait for another request; false destroys it. */
  override keepSocketAlive(stream: Duplex): boolean {
    if (this.#isRetired || stream.readableEnded || stream.readableLength > 0) return false;
    this.#idleSince.set(stream, this.#clock.now());
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
}

function ignoreError(): void {}

function destroyThis(this: Duplex): void {
  this.destroy();
}
