/** An address as a number, for arithmetic on blocks. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** How many bits an address has. */
export const addressBits = { 4: 32, 6: 128 } as const;

const groupBits = 16n;
const groupCount = 8;
/** `::ffff:0:0/96`: IPv4 addresses inside IPv6 (RFC 4291 §2.5.5.2). */
const mappedPrefix = 0xffffn;

/**
 * Reads `192.0.2.1` (four decimal numbers, no leading zeros) or the text of an IPv6 address (RFC 4291 §2.2), without zone;
 * undefined for anything else.
 */
export function parseIpAddress(text: string): IpAddress | undefined {
  const family = text.includes(':') ? 6 : 4;
  const value = family === 6 ? parseIpv6(text) : parseIpv4(text);
  return value === undefined ? undefined : { family, value };
}

/** The one text of an address: IPv6 in lower case, its longest run of zeros shortened (RFC 5952 §4). */
export function formatIpAddress({ family, value }: IpAddress): string {
  if (family === 4) return numbersOf(value, { bits: 8n, count: 4 }).join('.');
  const groups = numbersOf(value, { bits: groupBits, count: groupCount }).map((group) => group.toString(16));
  const { start, length } = longestZeros(groups);
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

/** The IPv4 address that an IPv6 address stands for; undefined when it stands for itself. */
export function mappedIpv4({ family, value }: IpAddress): IpAddress | undefined {
  return family === 6 && value >> 32n === mappedPrefix ? { family: 4, value: value & 0xffff_ffffn } : undefined;
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split('.');
  const isValid = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
  return isValid ? joined(parts.map(BigInt), 8n) : undefined;
}

function parseIpv6(text: string): bigint | undefined {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  // Only the very end may be written as an IPv4 address.
  const before = groupsOf(head, tail === undefined);
  const after = groupsOf(tail ?? '', true);
  if (before === undefined || after === undefined) return undefined;
  const missing = groupCount - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return joined([...before, ...Array<bigint>(missing).fill(0n), ...after], groupBits);
}

function groupsOf(half: string, mayEndInIpv4: boolean): bigint[] | undefined {
  if (half === '') return [];
  const parts = half.split(':');
  const ipv4 = mayEndInIpv4 && parts.at(-1)?.includes('.') === true ? parseIpv4(parts.pop() ?? '') : null;
  if (ipv4 === undefined || !parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part))) return undefined;
  const groups = parts.map((part) => BigInt(`0x${part}`));
  return ipv4 === null ? groups : [...groups, ipv4 >> groupBits, ipv4 & 0xffffn];
}

function joined(numbers: readonly bigint[], bits: bigint): bigint {
  return numbers.reduce((value, number) => (value << bits) | number, 0n);
}

function numbersOf(value: bigint, { bits, count }: { bits: bigint; count: number }): bigint[] {
  const mask = (1n << bits) - 1n;
  return Array.from({ length: count }, (_, i) => (value >> (bits * BigInt(count - 1 - i))) & mask);
}

/** The first of the longest runs. */
function longestZeros(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [i, group] of groups.entries()) {
    if (group !== '0') start = i + 1;
    else if (i + 1 - start > best.length) best = { start, length: i + 1 - start };
  }
  return best;
}
