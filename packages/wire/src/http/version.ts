/** The eight bytes `HTTP/1.1` or `HTTP/1.0` at `at`; null if there is anything else (RFC 9112 §2.3). */
export function readVersion(bytes: Uint8Array, at: number): '1.0' | '1.1' | null {
  const isOne =
    bytes[at] === 0x48 &&
    bytes[at + 1] === 0x54 &&
    bytes[at + 2] === 0x54 &&
    bytes[at + 3] === 0x50 &&
    bytes[at + 4] === 0x2f &&
    bytes[at + 5] === 0x31 &&
    bytes[at + 6] === 0x2e;
  if (!isOne) return null;
  if (bytes[at + 7] === 0x31) return '1.1';
  return bytes[at + 7] === 0x30 ? '1.0' : null;
}
