/** Limits of connections to services that the server reaches itself. */
export interface StaticLimits {
  /** How long a service may take to accept, its TLS included; one that does not answer is as good as none. Default: 10,000 ms. */
  readonly connectTimeoutMs: number;
  /** After how long without a byte the system asks whether the service is still there. Default: 60,000 ms. */
  readonly keepAliveMs: number;
}

export const staticLimits: StaticLimits = { connectTimeoutMs: 10_000, keepAliveMs: 60_000 };
