/**
 * The two ends of a visitor's connection. Textual addresses, IPv6 without zone. Those that were read from a header are
 * written as the runtime writes them, IPv4-mapped ones as IPv4.
 */
export interface ConnectionEnds {
  readonly clientIp: string;
  readonly clientPort: number;
  readonly serverIp: string;
  readonly serverPort: number;
}
