/** Limits on what is read for the policies of an endpoint. */
export interface PolicyFileLimits {
  /** A file or an answer that holds a traffic policy, passwords or a secret. Default 256 KiB. */
  readonly maxBytes: number;
  /** Wait for the whole answer of `--traffic-policy-url`. Default 10 s. */
  readonly fetchTimeoutMs: number;
}

export const policyFileLimits: PolicyFileLimits = { maxBytes: 262_144, fetchTimeoutMs: 10_000 };
