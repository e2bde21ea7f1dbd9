/** Every limit and time-out on the way to the server. Those of frames and streams are the multiplexer's profiles. */
export interface ConnectLimits {
  /** A way to the server (TCP, proxy, TLS, upgrade) is given up after that; `connectTimeoutMs` is another choice. Default: 10,000 ms. */
  readonly dialTimeoutMs: number;
  /** An address of the server is given up for its next one after that. Default: 2,000 ms: Node's 250 would give up slow links. */
  readonly addressTimeoutMs: number;
  /** The server may take that long to answer a call. Default: 10,000 ms. */
  readonly callTimeoutMs: number;
  /** The server may take that long to take an endpoint offline while the session is closed. Default: 400 ms. */
  readonly unbindTimeoutMs: number;
  /** The server may take that long to close a connection that we have ended. Default: 300 ms. */
  readonly closeTimeoutMs: number;
  /** From an echo to the next beat. Default: 7,000 ms: with the tolerance a way that swallows everything is seen within 13 s. */
  readonly heartbeatIntervalMs: number;
  /** A connection on which nothing was heard for that much longer is lost. Default: 6,000 ms. */
  readonly heartbeatToleranceMs: number;
  /** Connections that a session may keep. Default: 8. */
  readonly maxLegs: number;
  /** A connection that held that long was a good one: its loss starts the back-off anew. Default: 10,000 ms. */
  readonly stableMs: number;
  /** Size of what an HTTP proxy answers to CONNECT. Default: 16,384 bytes. */
  readonly maxProxyAnswerBytes: number;
  /** Size of one WebSocket message of the server, which gathers frames. Default: 4,194,304 bytes. */
  readonly maxWebSocketMessageBytes: number;
  /** Size of one WebSocket message of ours; the server takes no larger ones. Default: 65,536 bytes. */
  readonly maxWebSocketSendBytes: number;
  /** How often the clocks are compared, to see that the machine has slept. Default: 5,000 ms. */
  readonly sleepCheckMs: number;
  /** The time of day may run ahead of the timers by that much before it counts as sleep. Default: 5,000 ms. */
  readonly sleepToleranceMs: number;
  /** After sleep the server has that long for a sign of life. Default: 3,000 ms. */
  readonly wakeProbeTimeoutMs: number;
}

export const connectLimits: ConnectLimits = {
  dialTimeoutMs: 10_000,
  addressTimeoutMs: 2_000,
  callTimeoutMs: 10_000,
  unbindTimeoutMs: 400,
  closeTimeoutMs: 300,
  heartbeatIntervalMs: 7_000,
  heartbeatToleranceMs: 6_000,
  maxLegs: 8,
  stableMs: 10_000,
  maxProxyAnswerBytes: 16_384,
  maxWebSocketMessageBytes: 4_194_304,
  maxWebSocketSendBytes: 65_536,
  sleepCheckMs: 5_000,
  sleepToleranceMs: 5_000,
  wakeProbeTimeoutMs: 3_000,
};
