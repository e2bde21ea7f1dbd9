/** Limits of the bus between servers. Milliseconds. */
export interface BusLimits {
  /** Until its connection to the database is ready. Default 5,000. */
  readonly connectTimeoutMs: number;
  /** How often the connection is tried, on which nothing may come for hours. Default 1,000. */
  readonly heartbeatMs: number;
  /** A connection that does not answer by then is lost. Default 2,000. */
  readonly answerTimeoutMs: number;
  /** After a loss: pause before the first attempt to connect, doubled with each that fails. Default 100. */
  readonly minReconnectMs: number;
  /** The pause grows no further. Default 1,000. */
  readonly maxReconnectMs: number;
  /** Notices kept for others while there is no connection; beyond that they are told only that they missed some. Default 1,000. */
  readonly maxUnsent: number;
}

export const defaultBusLimits: BusLimits = Object.freeze({
  connectTimeoutMs: 5_000,
  heartbeatMs: 1_000,
  answerTimeoutMs: 2_000,
  minReconnectMs: 100,
  maxReconnectMs: 1_000,
  maxUnsent: 1_000,
});
