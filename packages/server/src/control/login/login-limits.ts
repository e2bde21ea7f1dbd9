/** Limits of logging in, which strangers can try. Each server counts for itself, in memory. */
export interface LoginLimits {
  /** Passwords that are checked at once; each takes 19 MiB and a thread. Default: 2. */
  readonly maxHashesAtOnce: number;
  /** Passwords that wait to be checked; the next one is refused. Default: 32. */
  readonly maxHashesWaiting: number;
  /** Attempts under one name, or from one network, that may fail before waits begin. Default: 5. */
  readonly freeFailures: number;
  /** The first wait; each further failure doubles it. Default: 1 s. */
  readonly firstWaitMs: number;
  /**
   * The longest wait of a name: short, because strangers cause it. It does not hold for networks from which its person has
   * logged in. Default: 60 s.
   */
  readonly maxNameWaitMs: number;
  /** The longest wait of a network, an IPv4 address or an IPv6 /64. Default: 15 min. */
  readonly maxNetworkWaitMs: number;
  /** After so long without a failure, earlier ones are forgotten. Default: 60 min. */
  readonly forgetAfterMs: number;
  /** Names, networks, and networks of people, that are known at once, of each; above, the oldest are forgotten. Default: 10,000. */
  readonly maxCounted: number;
}

export const defaultLoginLimits: LoginLimits = {
  maxHashesAtOnce: 2,
  maxHashesWaiting: 32,
  freeFailures: 5,
  firstWaitMs: 1_000,
  maxNameWaitMs: 60_000,
  maxNetworkWaitMs: 900_000,
  forgetAfterMs: 3_600_000,
  maxCounted: 10_000,
};
