/** What the agent bounds when the server asks how an upstream is. */
export interface HealthLimits {
  /** An upstream that has not accepted a connection by then is told as `timeout`. Visitors wait longer. Default: 5,000 ms. */
  readonly dialTimeoutMs: number;
  /** How long an upstream may take to end a probing connection before it is cut. Default: 1,000 ms. */
  readonly lingerMs: number;
  /** Bytes of the server's request. Default: 4 KiB. */
  readonly maxRequestBytes: number;
}

export const defaultHealthLimits: HealthLimits = {
  dialTimeoutMs: 5_000,
  lingerMs: 1_000,
  maxRequestBytes: 4_096,
};
