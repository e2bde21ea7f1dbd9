/** Time-outs of `adit diagnose`. */
export interface DiagnoseLimits {
  /** How long the system may take to resolve a name. Default: 5,000 ms. */
  readonly resolveTimeoutMs: number;
  /** How long a TCP connection may take. Default: 5,000 ms. */
  readonly tcpTimeoutMs: number;
  /** How long a TLS handshake, or an answer of the server, may take. Default: 10,000 ms. */
  readonly answerTimeoutMs: number;
}

export const diagnoseLimits: DiagnoseLimits = {
  resolveTimeoutMs: 5_000,
  tcpTimeoutMs: 5_000,
  answerTimeoutMs: 10_000,
};
