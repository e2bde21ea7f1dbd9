import { EventEmitter } from 'node:events';
import type { RequestListener } from 'node:http';
import type { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AditError } from '@adit/contracts';
import { parseHostPort } from '../dial/host-port.ts';
import type { Labels } from '../forward/binder.ts';
import type { Forward } from '../forward/forward.ts';
import { nodeHttp } from '../node-http.ts';
import type { TappedConnection } from '../relay/tap.ts';
import type { HandlerUpstream } from '../upstream/upstream.ts';
import { type FetchHandler, fetchListener } from './listen-fetch.ts';
import { listenLimits as limits } from './listen-limits.ts';

export interface ListenerEvents {
  /** A visitor's connection, yours from here on: read it, write to it, end it. */
  connection: [stream: Duplex, connection: TappedConnection];
  /** A handler given to `serveFetch` threw; its visitor got an answer of 500, or a broken connection. */
  handlerError: [error: unknown];
}

/**
 * A public URL, or labels, whose visitors come to this program. Say what becomes of them with one of `serveHttp`, `serveFetch` or
 * `on('connection', …)`; until then they wait.
 */
export class Listener extends EventEmitter<ListenerEvents> {
  readonly upstream: HandlerUpstream = {
    kind: 'handler',
    url: 'app://listener',
    accept: (stream, connection) => this.#accept(stream, connection),
  };
  #forward: Forward | undefined;
  #server: Server | undefined;
  #waiting: (readonly [Duplex, TappedConnection])[] = [];

  constructor() {
    super();
    (this as EventEmitter).on('newListener', (event: string | symbol) => {
      // It is there a moment later.
      if (event === 'connection') queueMicrotask(() => this.#serveWaiting());
    });
  }

  /** For `listen`: what it is bound as. */
  attach(forward: Forward): void {
    this.#forward = forward;
    void forward.closed.then(() => this.#dropWaiting());
  }

  get id(): string {
    return this.#bound.id;
  }
  /** The public URL. It stays the same over reconnects unless the server can no longer give it. Empty: it has labels. */
  get url(): string {
    return this.#bound.url;
  }
  /** What edges find it by; undefined: it has a URL. */
  get labels(): Labels | undefined {
    return this.#bound.labels;
  }
  /** Resolves when it is over, with the reason: null after `close()`. Never rejects. */
  get closed(): Promise<AditError | null> {
    return this.#bound.closed;
  }

  /**
   * Hands every connection to a server, which need not listen anywhere itself, as its event `connection`; or its requests to
   * a handler such as an Express application. Upgrades work. The server's `close()` stays yours.
   */
  serveHttp(server: Server | RequestListener): this {
    this.#server = typeof server === 'function' ? nodeHttp().createServer(server) : server;
    this.#serveWaiting();
    return this;
  }

  /**
   * Answers every request with a handler of the Fetch API. Bodies stream both ways; `request.signal` aborts when the visitor
   * has left before the whole answer.
   */
  serveFetch(handler: FetchHandler): this {
    const onError = (error: unknown) => void this.emit('handlerError', error);
    return this.serveHttp(fetchListener(handler, { url: this.url, onError }));
  }

  /** Takes the URL offline. Connections that are open stay open. Closing twice is harmless. */
  async close(): Promise<void> {
    await this.#bound.close();
  }

  get #bound(): Forward {
    if (!this.#forward) throw new TypeError('Cannot use a listener before it is bound');
    return this.#forward;
  }

  #accept(stream: Duplex, connection: TappedConnection): void {
    if (this.#server) {
      this.#server.emit('connection', withAddress(stream, connection));
    } else if (!this.emit('connection', stream, connection)) {
      this.#waiting.push([stream, connection]);
      if (this.#waiting.length > limits.maxWaitingConnections) this.#waiting.shift()?.[0].destroy();
    }
  }

  #serveWaiting(): void {
    for (const [stream, connection] of this.#waiting.splice(0)) {
      if (!stream.destroyed) this.#accept(stream, connection);
    }
  }

  #dropWaiting(): void {
    for (const [stream] of this.#waiting.splice(0)) stream.destroy();
  }
}

/** What programs ask a socket for to see who it is. */
function withAddress(stream: Duplex, { clientAddress }: TappedConnection): Duplex {
  const { host, port } = parseHostPort(clientAddress) ?? { host: undefined, port: undefined };
  const value = { remoteAddress: host, remotePort: port ?? undefined };
  for (const [name, part] of Object.entries(value)) {
    Object.defineProperty(stream, name, { value: part, configurable: true });
  }
  return stream;
}
