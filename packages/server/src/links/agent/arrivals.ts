import type { Duplex } from 'node:stream';
import { clientNetwork } from '../../domain/client-network.ts';
import type { Clock } from '../../domain/clock.ts';
import type { AgentLimits } from './agent-limits.ts';
import { FairLine } from './fair-line.ts';

type ArrivalLimits = Pick<AgentLimits, 'maxArriving' | 'arrivalMs' | 'authTimeoutMs'>;

/** One connection on its way in. */
interface Arrival {
  readonly socket: Duplex;
  readonly network: string;
  readonly begin: () => void;
  readonly cancelSilence: () => void;
  beganAtMs: number;
}

/**
 * Lets connections in a few at a time when thousands come at once; the others wait unread, those of one address in order and
 * each address in turn. Each message of an agent is short work, but of as many agents as are read one can come in one turn of
 * the event loop. Who has sent nothing yet needs no place and gets none; who takes long for it loses his place, not his
 * connection: a place is nothing that could be held against others.
 */
export class Arrivals {
  readonly #limits: ArrivalLimits;
  readonly #clock: Clock;
  readonly #silent = new Set<Arrival>();
  readonly #line = new FairLine<Arrival>();
  /** In the order they began. */
  readonly #arriving = new Set<Arrival>();
  #isTimed = false;

  constructor(clock: Clock, limits: ArrivalLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Connections that nobody reads yet. */
  get waiting(): number {
    return this.#silent.size + this.#line.size;
  }

  /**
   * @param from Address of the client.
   * @param begin Called when the connection has sent something and there is a place, with what to call when it has arrived.
   */
  enter(socket: Duplex, from: string, begin: (onArrived: () => void) => void): void {
    const { authTimeoutMs } = this.#limits;
    const leave = () => this.#leave(arrival);
    const arrival: Arrival = {
      ...{ socket, network: clientNetwork(from), begin: () => begin(leave), beganAtMs: 0 },
      cancelSilence: this.#clock.after(authTimeoutMs, () => socket.destroy()),
    };
    socket.once('close', leave);
    this.#silent.add(arrival);
    socket.once('readable', () => this.#onFirstBytes(arrival));
  }

  /** Closes the connections that wait. */
  clear(): void {
    for (const { socket } of [...this.#silent, ...this.#line.takeAll()]) socket.destroy();
  }

  #onFirstBytes(arrival: Arrival): void {
    if (!this.#silent.delete(arrival)) return;
    arrival.cancelSilence();
    this.#line.add(arrival.network, arrival);
    this.#letIn();
  }

  #leave(arrival: Arrival): void {
    if (this.#silent.delete(arrival)) arrival.cancelSilence();
    this.#line.delete(arrival.network, arrival);
    if (this.#arriving.delete(arrival)) this.#letIn();
  }

  #letIn(): void {
    while (this.#arriving.size < this.#limits.maxArriving) {
      const arrival = this.#line.take();
      if (!arrival) return;
      arrival.beganAtMs = this.#clock.now();
      this.#arriving.add(arrival);
      arrival.begin();
    }
    if (this.#line.size > 0) this.#awaitSlowest();
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
