/** Limits of connections whose bytes nobody here reads. Milliseconds. */
export interface RawLimits {
  /** A visitor who is silent for so long is asked by TCP whether he is still there. Default 60,000. */
  readonly keepAliveMs: number;
  /** How long a refused visitor may take to read the TLS alert and hang up. Default 1,000. */
  readonly alertTimeoutMs: number;
  /** Internal endpoints that one connection may be forwarded to, one behind the other. Default 5. */
  readonly maxForwards: number;
}

export const defaultRawLimits: RawLimits = {
  keepAliveMs: 60_000,
  alertTimeoutMs: 1_000,
  maxForwards: 5,
};
