/** What the server bounds when somebody asks how an endpoint is. */
export interface UpstreamProbeLimits {
  /** An endpoint is probed at most once in this time, however often somebody asks. Default: 5,000 ms. */
  readonly intervalMs: number;
  /** How long an agent may take for one echo; then its link counts as down. Default: 2,000 ms. */
  readonly linkTimeoutMs: number;
  /** How long an agent may take to dial its upstream and tell. It gives up by itself before. Default: 8,000 ms. */
  readonly timeoutMs: number;
  /** An upstream that takes longer than this to accept a connection is slow. Default: 1,000 ms. */
  readonly slowMs: number;
}

export const defaultUpstreamProbeLimits: UpstreamProbeLimits = {
  intervalMs: 5_000,
  linkTimeoutMs: 2_000,
  timeoutMs: 8_000,
  slowMs: 1_000,
};
