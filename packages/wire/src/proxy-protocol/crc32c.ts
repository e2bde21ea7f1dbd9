// The reversed polynomial of CRC-32C (Castagnoli; RFC 3720 §12.1).
const polynomial = 0x82f63b78;

/** CRC-32C as an unsigned number. Bit by bit: it is asked for a few bytes of a connection at most, so a table is not worth it. */
export function crc32c(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? polynomial : 0);
  }
  return ~rest >>> 0;
}
