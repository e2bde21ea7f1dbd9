/**
 * What an endpoint asks of TLS, known before the handshake. Two connections with the same demands may share what a handshake
 * made; with others never.
 */
export interface TlsDemands {
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion: 'TLSv1.2' | 'TLSv1.3';
  /** The server's own certificate for it, PEM; null: the one that its name has. Holds a secret. */
  readonly certificate: { readonly cert: string; readonly key: string } | null;
  /** Null: visitors are not asked for a certificate. */
  readonly clients: ClientCertificates | null;
}

/** Which client certificates are good enough. */
export interface ClientCertificates {
  /** PEM, one or more: whoever is signed by one of these. */
  readonly authorities: string;
  /** PEM of revocation lists; null: none. */
  readonly revocationLists: string | null;
  /**
   * `require-and-verify`: only with a good one. `require-any`: only with one, whoever signed it. `request`: also without; if
   * there is one, whoever signed it.
   */
  readonly strategy: 'require-and-verify' | 'require-any' | 'request';
}
