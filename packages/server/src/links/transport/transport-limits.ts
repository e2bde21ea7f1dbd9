/** Limits of agent connections inside of WebSocket messages. What agents may cost beyond that: links/agent. */
export interface TransportLimits {
  /** Size of one message; it is kept whole until it is read, by strangers too. Default: 65,536 bytes. */
  readonly maxMessageBytes: number;
  /** An upgrade request must be whole by then. Default: 10,000 ms. */
  readonly requestTimeoutMs: number;
}

export const transportLimits: TransportLimits = {
  maxMessageBytes: 65_536,
  requestTimeoutMs: 10_000,
};
