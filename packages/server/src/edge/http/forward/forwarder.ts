import type { Exchange } from '../exchange.ts';
import type { VisitorConnection } from '../visitor-connection.ts';
import type { ForwarderDeps } from './forwarder-deps.ts';
import { HandledRequest } from './handled-request.ts';

/** Takes each request of each connection to its answer: route, policies, grant, upstream. */
export class Forwarder {
  readonly #deps: ForwarderDeps;
  constructor(deps: ForwarderDeps) {
    this.#deps = deps;
  }

  handle(exchange: Exchange, connection: VisitorConnection): void {
    new HandledRequest(exchange, connection, this.#deps).start();
  }
}
