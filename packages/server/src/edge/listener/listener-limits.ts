/** What a TLS listener allows to connections whose handshake is not done. Every field has a default. */
export interface ListenerLimits {
  /** Milliseconds from accepting a connection until its ClientHello must be complete. Default 3,000. */
  readonly helloTimeoutMs: number;
  /** Bytes that a ClientHello may have, record headers included. Default 65,536. */
  readonly maxHelloBytes: number;
  /** Milliseconds from the complete ClientHello to the end of the handshake. Default 10,000. */
  readonly handshakeTimeoutMs: number;
  /** Connections in handshake at once, all clients together; the next ones are closed. Default 8,192. */
  readonly maxHandshakes: number;
  /**
   * Connections in handshake at once from one IPv4 address or one IPv6 /64 network; the next ones are closed. Default
   * 512. Loopback is exempt: there one address stands for every local program, or for a load balancer on this machine.
   */
  readonly maxHandshakesPerClient: number;
  /** Connections that the kernel queues before they are accepted (capped by the kernel itself). Default 4,096. */
  readonly backlog: number;
  /** Milliseconds that `close()` waits for handshakes under way. Default 2,000. */
  readonly closeGraceMs: number;
}

export const defaultListenerLimits: ListenerLimits = Object.freeze({
  helloTimeoutMs: 3_000,
  maxHelloBytes: 65_536,
  handshakeTimeoutMs: 10_000,
  maxHandshakes: 8_192,
  maxHandshakesPerClient: 512,
  backlog: 4_096,
  closeGraceMs: 2_000,
});
