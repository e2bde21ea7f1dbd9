import { residentBytes } from '../processes/resident-memory.ts';

const intervalMs = 250;

/** Resident memory at a moment. */
export interface Sample {
  readonly seconds: number;
  readonly serverBytes: number;
  readonly agentBytes: number;
}

/** Reads memory every 250 ms until it is stopped. */
export class Sampler {
  readonly samples: Sample[] = [];
  readonly #startedAt = performance.now();
  readonly #serverPids: readonly number[];
  readonly #agentPids: readonly number[];
  readonly #timer: NodeJS.Timeout;

  constructor({ edgePids, agentPids }: { edgePids: readonly number[]; agentPids: readonly number[] }) {
    this.#serverPids = edgePids;
    this.#agentPids = agentPids;
    this.#take();
    this.#timer = setInterval(() => this.#take(), intervalMs);
  }

  stop(): Sample[] {
    clearInterval(this.#timer);
    this.#take();
    return this.samples;
  }

  #take(): void {
    this.samples.push({
      seconds: (performance.now() - this.#startedAt) / 1000,
      serverBytes: residentBytes(this.#serverPids),
      agentBytes: residentBytes(this.#agentPids),
    });
  }
}
