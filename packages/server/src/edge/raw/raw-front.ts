// Connections that are carried as they are: tcp endpoints, and tls ones whether their TLS was ended here or not. Who may
// connect is decided by the endpoint's chain; what is said on the way, nobody here knows.
import type { Socket } from 'node:net';
import { RawConnection } from './raw-connection.ts';
import { defaultRawLimits, type RawLimits } from './raw-limits.ts';
import type { RawDeps, RawVisit } from './raw-visit.ts';

export interface RawFrontDeps extends Omit<RawDeps, 'limits'> {
  readonly limits?: Partial<RawLimits>;
}

/** Carries connections to the links of their routes. */
export class RawFront {
  readonly #deps: RawDeps;
  readonly #connections = new Set<RawConnection>();
  #isDraining = false;

  constructor(deps: RawFrontDeps) {
    this.#deps = { ...deps, limits: { ...defaultRawLimits, ...deps.limits } };
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Takes the socket over, which nobody reads yet. Never throws. */
  accept(socket: Socket, visit: RawVisit): void {
    if (this.#isDraining) return void socket.destroy();
    const connection = new RawConnection(socket, visit, this.#deps);
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
    connection.start();
  }

  /** Nobody knows when such a connection would end; its client has to come back somewhere else, so better now. */
  drain(): void {
    this.#isDraining = true;
    for (const connection of this.#connections) connection.destroy();
  }
}
