/** What a listener of the edge allows to the connections it accepts. Every field has a default. */
export interface ListenerLimits {
  /**
   * Milliseconds from accepting a connection until its ClientHello must be complete. The PROXY header of a load balancer
   * has as long for itself, before that. Default 3,000.
   */
  readonly helloTimeoutMs: number;
  /** Bytes that a ClientHello may have, record headers included. Default 65,536. */
  readonly maxHelloBytes: number;
  /** Bytes that a PROXY header of version 2 may have; version 1 has 107 at most. Default 4,096. */
  readonly maxProxyHeaderBytes: number;
  /** Milliseconds from the complete ClientHello to the end of the handshake. Default 10,000. */
  readonly handshakeTimeoutMs: number;
  /** Connections in handshake at once, all clients together; the next ones are closed. Default 8,192. */
  readonly maxHandshakes: number;
  /**
   * Connections in handshake at once from one IPv4 address or one IPv6 /64 network; the next ones are closed. Default
   * 512. Loopback is exempt: there one address stands for every local program, or for a load balancer on this machine.
   * So are trusted proxies. Behind a load balancer that sends PROXY headers it is the clients who are counted.
   */
  readonly maxHandshakesPerClient: number;
  /**
   * Handshakes begun in one turn of the event loop for one service (visitors, agents, each endpoint that has
   * TLS of its own); the next ones
   * wait for the next turns, in order. Each takes some 0.4 ms: when thousands of agents come back at once, requests under
   * way go on between them. Default 5.
   */
  readonly handshakesPerTurn: number;
  /** Connections of load balancers at once whose PROXY header is not there yet; the next ones are closed. Default 2,048. */
  readonly maxPendingProxyHeaders: number;
  /**
   * Connections at once from one IPv4 address or one IPv6 /64 network on all listeners together, from accepting (or from
   * the PROXY header that names the client) until they close; the next ones are closed before a handshake is spent on
   * them. Exempt are those that `maxHandshakesPerClient` exempts. Default 2,000.
   */
  readonly maxConnectionsPerClient: number;
  /** Connections that the kernel queues before they are accepted (capped by the kernel itself). Default 4,096. */
  readonly backlog: number;
  /** Milliseconds that `close()` waits for connections on their way to be handed over. Default 2,000. */
  readonly closeGraceMs: number;
}

export const defaultListenerLimits: ListenerLimits = Object.freeze({
  helloTimeoutMs: 3_000,
  maxHelloBytes: 65_536,
  maxProxyHeaderBytes: 4_096,
  handshakeTimeoutMs: 10_000,
  maxHandshakes: 8_192,
  maxHandshakesPerClient: 512,
  handshakesPerTurn: 5,
  maxPendingProxyHeaders: 2_048,
  maxConnectionsPerClient: 2_000,
  backlog: 4_096,
  closeGraceMs: 2_000,
});
