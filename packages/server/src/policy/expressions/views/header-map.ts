import type { HeaderFields } from '@adit/policy-kit';

/** Which evaluation it is; a new number says that anything may have changed since the last one. */
export interface Turn {
  number: number;
}

const none: readonly string[] = [];
const empty: ReadonlyMap<string, string[]> = new Map();

/**
 * The header lines of a message as a map, made anew only when a line has changed. Policies change lines in place, so that
 * the first look of each evaluation compares them with what the map was made of: some ten nanoseconds for ten lines.
 */
export class HeaderMap {
  readonly #fields: HeaderFields;
  readonly #turn: Turn;
  #lookedAt = -1;
  #lines: readonly string[] = none;
  #map: ReadonlyMap<string, string[]> = empty;

  constructor(fields: HeaderFields, turn: Turn) {
    this.#fields = fields;
    this.#turn = turn;
  }

  /** Names in lower case. The same map as long as no line has changed. */
  read(): ReadonlyMap<string, string[]> {
    if (this.#lookedAt !== this.#turn.number) {
      this.#lookedAt = this.#turn.number;
      if (!areSame(this.#lines, this.#fields.lines)) {
        this.#lines = [...this.#fields.lines];
        this.#map = this.#fields.toMap();
      }
    }
    return this.#map;
  }
}

function areSame(before: readonly string[], now: readonly string[]): boolean {
  if (before.length !== now.length) return false;
  for (let i = 0; i < now.length; i++) if (before[i] !== now[i]) return false;
  return true;
}
