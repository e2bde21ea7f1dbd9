/** Limits of the way from a visitor's stream to the upstream, in the agent. */
export interface RelayLimits {
  /** An upstream must have accepted, and ended the TLS handshake, by then. Default: 10 s. */
  readonly connectTimeoutMs: number;
  /** How long an upstream that does not read may keep its connection once the visitor is done. Default: 30 s. */
  readonly lingerMs: number;
  /** A visitor whose TLS is ended in the agent must have ended the handshake by then. Default: 10 s. */
  readonly handshakeTimeoutMs: number;
  /** Size of the PROXY header that a server puts before a visitor's bytes. Default: 1 KiB. */
  readonly maxProxyHeaderBytes: number;
}

export const relayLimits: RelayLimits = {
  connectTimeoutMs: 10_000,
  lingerMs: 30_000,
  handshakeTimeoutMs: 10_000,
  maxProxyHeaderBytes: 1_024,
};
