import type { AditError } from '@adit/contracts';

const alertRecord = 21;
const fatal = 2;
const accessDenied = 49;
const internalError = 80;

/** The plaintext alert that ends a handshake nobody has answered yet (RFC 8446 §6.2): denied, or not possible now. */
export function tlsAlert({ kind }: Pick<AditError, 'kind'>): Buffer {
  // The record's version is 1.2 whatever is spoken (RFC 8446 §5.1).
  return Buffer.from([alertRecord, 3, 3, 0, 2, fatal, kind === 'forbidden' ? accessDenied : internalError]);
}
