import type { Duplex } from 'node:stream';
import type { Clock } from '../../domain/clock.ts';
import type { AgentLimits } from './agent-limits.ts';

/** One connection on its way in. */
interface Arrival {
  readonly socket: Duplex;
  readonly begin: () => void;
  beganAtMs: number;
}

/**
 * Lets connections in a few at a time when thousands come at once; the others wait unread, in order. Each message of an
 * agent is short work, but of as many agents as are read one can come in one turn of the event loop. Who takes long for
 * it loses his place, not his connection: a place is nothing that could be held against others.
 */
export class Arrivals {
  readonly #limits: Pick<AgentLimits, 'maxArriving' | 'arrivalMs'>;
  readonly #clock: Clock;
  readonly #waiting = new Set<Arrival>();
  /** In the order they began. */
  readonly #arriving = new Set<Arrival>();
  #isTimed = false;

  constructor(clock: Clock, limits: Pick<AgentLimits, 'maxArriving' | 'arrivalMs'>) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Connections that nobody reads yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** @param begin Called at once while there is a place, or later; with what to call when the connection has arrived. */
  enter(socket: Duplex, begin: (onArrived: () => void) => void): void {
    const leave = () => this.#leave(arrival);
    const arrival = { socket, begin: () => begin(leave), beganAtMs: 0 };
    socket.once('close', leave);
    this.#waiting.add(arrival);
    this.#letIn();
  }

  /** Closes the connections that wait. */
  clear(): void {
    for (const { socket } of this.#waiting) socket.destroy();
    this.#waiting.clear();
  }

  #leave(arrival: Arrival): void {
    this.#waiting.delete(arrival);
    if (this.#arriving.delete(arrival)) this.#letIn();
  }

  #letIn(): void {
    for (const arrival of this.#waiting) {
      if (this.#arriving.size >= this.#limits.maxArriving) break;
      this.#waiting.delete(arrival);
      arrival.beganAtMs = this.#clock.now();
      this.#arriving.add(arrival);
      arrival.begin();
    }
    if (this.#waiting.size > 0) this.#awaitSlowest();
  }

  #awaitSlowest(): void {
    const [slowest] = this.#arriving;
    if (this.#isTimed || !slowest) return;
    this.#isTimed = true;
    this.#clock.after(slowest.beganAtMs + this.#limits.arrivalMs - this.#clock.now(), () => {
      this.#isTimed = false;
      this.#giveUpSlow();
      this.#letIn();
    });
  }

  #giveUpSlow(): void {
    for (const arrival of this.#arriving) {
      if (this.#clock.now() - arrival.beganAtMs < this.#limits.arrivalMs) return;
      this.#arriving.delete(arrival);
    }
  }
}
