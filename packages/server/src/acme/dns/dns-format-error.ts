/** What arrived is no DNS message, or has not what it must have. Its text completes "the answer …". */
export class DnsFormatError extends Error {
  override readonly name = 'DnsFormatError';
}
