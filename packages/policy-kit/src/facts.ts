import type { ClientCertificates } from './tls-demands.ts';

/** What is known when a visitor's connection first reaches an endpoint. Immutable; safe to keep in a grant. */
export interface ConnectFacts {
  /** The visitor's address, textual, without port: IPv4, or IPv6 without zone. IPv4-mapped addresses come as IPv4. */
  readonly clientIp: string;
  readonly clientPort: number;
  /** Where the visitor connected to: the server's own address, or what a trusted balancer says. The same form. */
  readonly serverIp: string;
  readonly serverPort: number;
  /** Lower case, from the ClientHello; null on plain connections and for clients that send none. */
  readonly serverName: string | null;
  /** What the visitor's program told to begin TLS; missing on plain connections. */
  readonly clientHello?: ClientHelloFacts;
  /** What TLS agreed on; missing where this server did not end it. */
  readonly tls?: TlsFacts;
  /** Of a call that a policy makes to an internal endpoint: how many such calls led to it, with itself. Missing: it is none. */
  readonly internalCalls?: number;
  /** When it was accepted, milliseconds since 1970; missing where nobody noted it. */
  readonly startedAtMs?: number;
}

/** What is kept of a ClientHello besides the name. */
export interface ClientHelloFacts {
  /** The JA4 fingerprint; empty when it holds more than programs have. */
  readonly ja4: string;
}

/** A TLS connection that this server ended. */
export interface TlsFacts {
  /** `TLSv1.3` and the like. */
  readonly version: string;
  readonly cipherSuite: string;
  /** Empty: none. */
  readonly alpn: string;
  /** The visitor's certificate, DER; null: none was given. Whether it was good is `isClientVerified`. */
  readonly clientCertificate: Uint8Array | null;
  /** The visitor's certificate leads to an authority of `checkedAgainst`. */
  readonly isClientVerified: boolean;
  /** What the visitor was asked for when the connection was made; null: for no certificate. */
  readonly checkedAgainst: ClientCertificates | null;
}

/** The endpoint that a visitor reached. */
export interface EndpointFacts {
  readonly id: string;
  /** As shown to people, e.g. `https://app.example.com`. */
  readonly url: string;
  readonly scheme: 'http' | 'https' | 'tcp' | 'tls';
  /** Lower case, without port; `*.` in front stands for every name below. */
  readonly host: string;
  readonly port: number;
}
