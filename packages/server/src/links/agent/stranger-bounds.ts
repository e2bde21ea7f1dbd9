import type { Duplex } from 'node:stream';
import type { AgentLimits } from './agent-limits.ts';

/** What a connection may cost before Auth has told who it is: bytes, whether anybody reads them or not, and streams. */
export class StrangerBounds {
  readonly #socket: Duplex;
  readonly #limits: Pick<AgentLimits, 'maxUnauthenticatedBytes' | 'maxUnauthenticatedStreams'>;
  readonly #onExceeded: () => void;
  readonly #onData = (chunk: Buffer) => this.#count(chunk);
  #bytes = 0;
  #streams = 0;
  #isLifted = false;

  /** @param options.onExceeded Called at every byte and stream too many until the bounds are lifted. */
  constructor(socket: Duplex, options: { limits: AgentLimits; onExceeded(): void }) {
    this.#socket = socket;
    this.#limits = options.limits;
    this.#onExceeded = options.onExceeded;
    socket.on('data', this.#onData);
  }

  /** The peer has opened a stream. False: it may not. */
  admitStream(): boolean {
    if (this.#isLifted) return true;
    this.#streams += 1;
    if (this.#streams <= this.#limits.maxUnauthenticatedStreams) return true;
    this.#onExceeded();
    return false;
  }

  /** The stranger is known now, or gone. */
  lift(): void {
    this.#isLifted = true;
    this.#socket.off('data', this.#onData);
  }

  #count(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limits.maxUnauthenticatedBytes) this.#onExceeded();
  }
}
