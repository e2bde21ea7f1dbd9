/** Limits of `adit api`. */
export interface ApiLimits {
  /** Wait for an answer of the API. Default 30 s. */
  readonly answerTimeoutMs: number;
  /** A file that a secret is read from. Default 1 MiB. */
  readonly maxSecretBytes: number;
}

export const apiLimits: ApiLimits = { answerTimeoutMs: 30_000, maxSecretBytes: 1024 * 1024 };
