/** A TXT record that an authority looks for (RFC 8555 §8.4). */
export interface DnsRecord {
  /** For instance `_acme-challenge.example.com`. */
  readonly name: string;
  /** The text of the record. */
  readonly value: string;
}

/** Puts records into a zone of the operator. Of one name there may be several at once. */
export interface DnsSolver {
  /** Resolves when the record is visible at the zone's servers. */
  present(record: DnsRecord): Promise<void>;
  remove(record: DnsRecord): Promise<void>;
}
