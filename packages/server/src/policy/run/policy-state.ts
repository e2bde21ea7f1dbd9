import type { Clock } from '../../domain/clock.ts';

/** Kept so long after the last chain that had it was closed. */
const keptMs = 10 * 60_000;
/** Of owners that are gone; those that went first are forgotten first. */
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
  /** Those without a chain, in the order in which they lost it. */
  readonly #gone = new Set<string>();
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
    this.#gone.delete(owner);
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
    if (known.values.size === 0) return void this.#owners.delete(owner);
    known.cancelEnd = this.#clock.after(keptMs, () => this.#forget(owner));
    this.#gone.add(owner);
    const [first] = this.#gone;
    if (this.#gone.size > maxKept && first !== undefined) this.#forget(first);
  }

  #forget(owner: string): void {
    this.#owners.get(owner)?.cancelEnd();
    this.#owners.delete(owner);
    this.#gone.delete(owner);
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
