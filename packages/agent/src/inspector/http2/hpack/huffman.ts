import { Undecodable } from '../undecodable.ts';

/** Bits of each byte's code, and at last of EOS (RFC 7541, Appendix B). The code is canonical, so they say all of it. */
const codeLengths = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6,
  5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23,
  22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22,
  23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26,
  20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27,
  27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27,
  27, 27, 27, 26, 30,
];
const endOfString = 256;
const maxCodeLength = 30;

/** The symbols in the order of their codes; of each length the first code, how many there are, and where they begin. */
const symbols = [...codeLengths.keys()].toSorted((a, b) => (codeLengths[a] ?? 0) - (codeLengths[b] ?? 0) || a - b);
const firstCodes = new Int32Array(maxCodeLength + 1);
const counts = new Int32Array(maxCodeLength + 1);
const starts = new Int32Array(maxCodeLength + 1);
for (const length of codeLengths) counts[length] = (counts[length] ?? 0) + 1;
for (let length = 1; length <= maxCodeLength; length++) {
  const before = counts[length - 1] ?? 0;
  firstCodes[length] = ((firstCodes[length - 1] ?? 0) + before) << 1;
  starts[length] = (starts[length - 1] ?? 0) + before;
}

/**
 * Decodes a string of HPACK's Huffman code, into at most 8/5 of its bytes.
 *
 * @throws {Undecodable} It has EOS in it, or ends with other bits than the up to seven first ones of EOS (§5.2).
 */
export function decodeHuffman(bytes: Uint8Array): Buffer {
  const decoded = Buffer.allocUnsafe(Math.floor((bytes.length * 8) / 5));
  let size = 0;
  let code = 0;
  let length = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      code = (code << 1) | ((byte >> bit) & 1);
      length++;
      const at = code - (firstCodes[length] ?? 0);
      if (at >= (counts[length] ?? 0)) continue;
      const symbol = symbols[(starts[length] ?? 0) + at] ?? endOfString;
      if (symbol === endOfString) throw new Undecodable('a header has an end of string in it');
      decoded[size++] = symbol;
      code = 0;
      length = 0;
    }
  }
  if (length > 7 || code !== (1 << length) - 1) throw new Undecodable('a header is padded in a wrong way');
  return decoded.subarray(0, size);
}
