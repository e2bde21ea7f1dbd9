/** What this folder tells the metrics. Called on the hot path: implementations must not throw or allocate much. */
export interface HttpMetrics {
  /** A request ended. `status` is what the visitor was told; 0 if it was told nothing. */
  requestEnded(status: number): void;
  /** A policy refused. `reason` is from a closed set, e.g. `restrict-ips/not-in-allow-list`. */
  denied(reason: string): void;
  /** +1 when a stream is admitted to an upstream, -1 when it is over. Upgraded streams stay until they close. */
  activeStreams(change: 1 | -1): void;
}
