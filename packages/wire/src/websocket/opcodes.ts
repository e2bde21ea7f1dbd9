/** RFC 6455 §5.2. Those from 8 on are of control frames. */
export const opcodes = Object.freeze({ continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 });

/** RFC 6455 §5.5: a control frame holds no more. Bytes. */
export const maxControlBytes = 125;

/** RFC 6455 §7.4.1; 1014 is of the IANA registry. */
export const closeCodes = Object.freeze({
  normal: 1000,
  protocolError: 1002,
  unsupportedData: 1003,
  /** Never on the wire: there was a close frame, and it had no code. */
  none: 1005,
  invalidPayload: 1007,
  tooBig: 1009,
  badGateway: 1014,
});

/** A code that a close frame may have: one of the registry, or of those that libraries and applications make up. */
export function isCloseCode(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && (code < 1004 || code > 1006);
}
