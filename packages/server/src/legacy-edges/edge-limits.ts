/** Limits of edges and their backends. */
export interface EdgeLimits {
  /** Routes of one edge. Each is a rule of it, as many as others may write. Default: 100. */
  readonly maxRoutes: number;
  /** Backends of backends of backends: deeper than anybody means, and an end for those that lead back to themselves. Default: 5. */
  readonly maxBackendDepth: number;
  /** Backends that a visitor may cost, those of backends counted each time that they are named. Default: 250. */
  readonly maxBackendsLookedAt: number;
}

export const edgeLimits: EdgeLimits = { maxRoutes: 100, maxBackendDepth: 5, maxBackendsLookedAt: 250 };
