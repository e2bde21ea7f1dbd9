/** Limits of policy decisions. */
export interface WalkLimits {
  /**
   * A policy must have decided by then, unless its module says otherwise; else the visitor is refused with 9004. Default:
   * 5,000 ms.
   */
  readonly decisionTimeoutMs: number;
}

export const walkLimits: WalkLimits = { decisionTimeoutMs: 5_000 };
