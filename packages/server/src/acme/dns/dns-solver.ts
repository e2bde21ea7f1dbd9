/** A TXT record by which a certificate authority sees that a name is ours (RFC 8555 §8.4). */
export interface DnsRecord {
  /** `_acme-challenge.example.com`: the same for `example.com` and `*.example.com`. */
  readonly name: string;
  /** The text of the record. No secret: everybody can ask for it. */
  readonly value: string;
}

/** Publishes such records. Several values of one name stand side by side. */
export interface DnsSolver {
  /**
   * Adds the record and waits until it can be seen. Adding what is there already changes nothing.
   *
   * @throws {AditError} 9270: refused. 9271: no server to be had. 9272: not seen in time. 9273: the hook failed.
   */
  present(record: DnsRecord): Promise<void>;
  /**
   * Removes this value and leaves others of the name alone. Removing what is not there changes nothing.
   *
   * @throws {AditError} As `present`, but for 9272.
   */
  remove(record: DnsRecord): Promise<void>;
}
