/** Limits of idempotency keys. */
export interface IdempotencyLimits {
  /** How long a repetition is recognised. Default: 86,400,000 ms, a day. */
  readonly keptMs: number;
  /** Keys of one account that are kept; then the oldest are forgotten. As fast as an account may call, a quarter of an hour. Default: 20,000. */
  readonly maxKept: number;
}

export const defaultIdempotencyLimits: IdempotencyLimits = { keptMs: 86_400_000, maxKept: 20_000 };
