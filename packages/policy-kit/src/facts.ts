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
}

/** What is known about one HTTP request: exactly what would be forwarded. */
export interface RequestFacts {
  readonly connection: ConnectFacts;
  readonly method: string;
  /** Origin-form target as received, percent-encoding untouched. */
  readonly target: string;
  /** Lower case, without port. */
  readonly host: string;
  readonly headers: ReadonlyMap<string, readonly string[]>;
}
