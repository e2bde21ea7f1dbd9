/** Limits of policy decisions. */
export interface ChainLimits {
  /**
   * One facet of a chain must have decided by then, all its policies together; otherwise the visitor is refused with 9004.
   * Default: 5,000 ms.
   */
  readonly decisionTimeoutMs: number;
}

export const defaultChainLimits: ChainLimits = { decisionTimeoutMs: 5_000 };
