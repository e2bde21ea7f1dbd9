/** Limits of how DNS records for certificates are published. */
export interface DnsSolverLimits {
  /** How long a DNS server may take for one answer, connecting included. Default: 10 s. */
  readonly answerMs: number;
  /** How long a record may take until it can be seen everywhere it must be. Default: 120 s. */
  readonly visibleMs: number;
  /** From one look for the record to the next. Default: 2 s. */
  readonly pollMs: number;
  /** How long a hook may run. Default: 60 s. */
  readonly hookMs: number;
  /** How much of a hook's output is kept for the log: its end. Default: 8 KiB. */
  readonly hookOutputBytes: number;
  /** How many aliases (CNAME) in a row are followed from the name to its record. Default: 8. */
  readonly maxAliases: number;
}

export const defaultDnsSolverLimits: DnsSolverLimits = {
  answerMs: 10_000,
  visibleMs: 120_000,
  pollMs: 2_000,
  hookMs: 60_000,
  hookOutputBytes: 8_192,
  maxAliases: 8,
};
