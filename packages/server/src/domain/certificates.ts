import type { SecureContext } from 'node:tls';

/** A certificate chain, leaf first, and its unencrypted private key. */
export interface CertificatePem {
  readonly cert: string;
  readonly key: string;
}

/**
 * Where listeners get their certificates. Implementations are in `tls/`; `edge/listener` asks once for each full
 * handshake.
 */
export interface CertificateSource {
  /**
   * The TLS context (certificate, key, TLS 1.2 or newer) to serve a name with. A source that has nothing for the name
   * answers with its default, so that the client reports a wrong name instead of a broken connection. Rejects when no
   * certificate can be made; then the connection is closed.
   *
   * @param serverName Lower case, without port or trailing dot; null: the client named nobody (or an address).
   */
  contextFor(serverName: string | null): Promise<SecureContext>;
  /**
   * What `contextFor` serves, as PEM: Node's TLS servers take the certificate for clients without SNI in no other form, and
   * a context with more in it can be made of nothing else. The same object until it changes, so that callers can compare
   * by identity.
   */
  certificateFor(serverName: string | null): Promise<CertificatePem>;
  /** The CA certificate that clients have to trust, as a PEM file; null: a public CA, or one we do not know. */
  readonly caFile: string | null;
  /** The content of `caFile`. */
  readonly caPem: string | null;
  /** Stops watching and forgets all contexts. Live connections keep theirs. */
  close(): void;
}

/** What an operator should hear about certificates. `message` names no secret. */
export interface CertificateNotice {
  readonly level: 'info' | 'warn';
  readonly message: string;
}
