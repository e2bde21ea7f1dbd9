/** Limits of what is kept of refused requests. */
export interface TraceLimits {
  /** Refusals of all accounts that can be looked up; the oldest go first. Default: 10,000. */
  readonly maxTraces: number;
}

export const traceLimits: TraceLimits = { maxTraces: 10_000 };
