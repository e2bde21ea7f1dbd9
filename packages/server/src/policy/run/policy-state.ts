import type { Clock } from '../../domain/clock.ts';

/** Kept so long after the last chain that had it was closed. */
const keptMs = 10 * 60_000;
/** Of owners that are gone. */
const maxKept = 10_000;

interface Owner {
  readonly values: Map<string, object>;
  users: number;
  cancelEnd(): void;
}

/** What policies count for one endpoint, for as long as it is there and a while longer. */
export interface ChainState {
  of<State extends object>(key: string, create: () => State): State;
  /** Undefined: nothing was counted under that key. */
  find<State extends object>(key: string): State | undefined;
  /** The chain that had it is closed. */
  release(): void;
}

/**
 * What is counted across requests: outside of chains, so that it outlives a change of the configuration and the restart of an
 * agent. Of one process, in memory.
 */
export class PolicyStates {
  readonly #owners = new Map<string, Owner>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param owner Account and endpoint: nobody else's counts are reached by it. */
  open(owner: string): ChainState {
    const known = this.#owners.get(owner) ?? { values: new Map(), users: 0, cancelEnd: () => {} };
    this.#owners.set(owner, known);
    known.users += 1;
    known.cancelEnd();
    let isReleased = false;
    return {
      of: (key, create) => stateOf(known, key, create),
      find: <State extends object>(key: string) => known.values.get(key) as State | undefined,
      release: () => {
        if (isReleased) return;
        isReleased = true;
        known.users -= 1;
        if (known.users === 0) this.#forgetLater(owner, known);
      },
    };
  }

  #forgetLater(owner: string, known: Owner): void {
    const isWorthIt = known.values.size > 0 && this.#owners.size <= maxKept;
    if (!isWorthIt) return void this.#owners.delete(owner);
    known.cancelEnd = this.#clock.after(keptMs, () => this.#owners.delete(owner));
  }
}

function stateOf<State extends object>({ values }: Owner, key: string, create: () => State): State {
  let value = values.get(key) as State | undefined;
  if (value === undefined) {
    value = create();
    values.set(key, value);
  }
  return value;
}
