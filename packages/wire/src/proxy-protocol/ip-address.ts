// Addresses as text and as bytes, without the runtime's help: this package does not know the network.

const decimalByte = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const dotted = new RegExp(`^${decimalByte}(?:\\.${decimalByte}){3}$`);
const group = /^[0-9a-f]{1,4}$/i;

/** The 4 bytes of an address such as `192.0.2.1`; null: it is none. */
export function ipv4Bytes(text: string): Buffer | null {
  return dotted.test(text) ? Buffer.from(text.split('.').map(Number)) : null;
}

/** The 16 bytes of an address in any form of RFC 4291 §2.2, without zone; null: it is none. */
export function ipv6Bytes(text: string): Buffer | null {
  const sides = withoutDots(text)?.split('::') ?? [];
  const [head = [], tail = []] = sides.map((side) => (side === '' ? [] : side.split(':')));
  const count = head.length + tail.length;
  const isWhole = sides.length === 1 ? count === 8 : sides.length === 2 && count < 8;
  if (!isWhole || ![...head, ...tail].every((part) => group.test(part))) return null;
  const bytes = Buffer.alloc(16);
  for (const [i, part] of head.entries()) bytes.writeUInt16BE(Number.parseInt(part, 16), 2 * i);
  for (const [i, part] of tail.entries()) bytes.writeUInt16BE(Number.parseInt(part, 16), 2 * (8 - tail.length + i));
  return bytes;
}

/** `::ffff:192.0.2.1` as `::ffff:c000:201`; null: what has dots is no IPv4 address. */
function withoutDots(text: string): string | null {
  const at = text.lastIndexOf(':') + 1;
  if (!text.includes('.', at)) return text;
  const bytes = ipv4Bytes(text.slice(at));
  return bytes && `${text.slice(0, at)}${bytes.readUInt16BE(0).toString(16)}:${bytes.readUInt16BE(2).toString(16)}`;
}

const mapped = Buffer.from('00000000000000000000ffff', 'hex');

/** Text as the runtime writes it (RFC 5952), IPv4-mapped addresses as IPv4. `bytes`: 4 or 16. */
export function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.subarray(0, 12).equals(mapped)) return bytes.subarray(12).join('.');
  const groups = [0, 2, 4, 6, 8, 10, 12, 14].map((at) => bytes.readUInt16BE(at));
  const zeros = longestZeros(groups);
  // What has an IPv4 address behind nothing but zeros (RFC 4291 §2.5.5.1) is written with it.
  if (zeros.start === 0 && zeros.length === 6) return `::${bytes.subarray(12).join('.')}`;
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((value) => value.toString(16))
      .join(':');
  return zeros.length < 2 ? text(0, 8) : `${text(0, zeros.start)}::${text(zeros.start + zeros.length, 8)}`;
}

/** The first of the longest runs. */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > longest.length) longest = { start, length };
  }
  return longest;
}
