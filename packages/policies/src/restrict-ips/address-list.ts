import { BlockList, isIPv4, isIPv6, SocketAddress } from 'node:net';
import { AditError } from '@adit/contracts';

export type Family = 'ipv4' | 'ipv6';
export interface Address {
  readonly family: Family;
  readonly text: string;
}
export interface Range extends Address {
  /** 0 to 32 for IPv4, 0 to 128 for IPv6. */
  readonly prefixBits: number;
}

const bitsOf = { ipv4: 32, ipv6: 128 } as const;
/** The prefix ::ffff:0:0/96 of IPv4-mapped addresses (RFC 4291 §2.5.5.2). */
const mappedPrefix = '::ffff:';
const mappedPrefixBits = 96;

/**
 * Address ranges, matched by family: `::/0` is every IPv6 address and no IPv4 address. That is why there are two lists:
 * one BlockList answers for IPv4 visitors from its IPv6 ranges too, as if they came by their mapped form.
 */
export class AddressList {
  readonly #lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  readonly isEmpty: boolean;

  /** @throws {AditError} 362, naming the entry that is neither an address nor a range. */
  constructor(entries: readonly string[]) {
    this.isEmpty = entries.length === 0;
    for (const { family, text, prefixBits } of entries.map(parseRange)) {
      this.#lists[family].addSubnet(text, prefixBits, family);
    }
  }

  has(address: Address): boolean {
    return this.#lists[address.family].check(address.text, address.family);
  }
}

/**
 * `a.b.c.d`, an IPv6 address, or either with `/<bits>`. Bits beyond the prefix are ignored: 10.1.2.3/8 is 10.0.0.0/8.
 *
 * @throws {AditError} 362, naming the entry.
 */
export function parseRange(entry: string): Range {
  const slash = entry.indexOf('/');
  const written = slash < 0 ? entry : entry.slice(0, slash);
  const family = isIPv4(written) ? 'ipv4' : 'ipv6';
  const prefixBits = slash < 0 ? bitsOf[family] : parseBits(entry.slice(slash + 1), bitsOf[family]);
  const address = parseAddress(written);
  if (!address || prefixBits === undefined) {
    throw new AditError(
      362,
      `Cannot use address range ${JSON.stringify(entry.slice(0, 64))}: it is not in CIDR notation`,
    );
  }
  if (family === address.family) return { ...address, prefixBits };
  // An IPv4-mapped range. One that is wider than the mapped block itself holds other IPv6 addresses too: left as it is.
  if (prefixBits < mappedPrefixBits) return { family, text: written, prefixBits };
  return { ...address, prefixBits: prefixBits - mappedPrefixBits };
}

/**
 * One address in the form it is matched in: IPv4-mapped IPv6 becomes IPv4. Strict: no octal, no short forms such as
 * `127.1`, no zone. Undefined for anything else.
 */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { family: 'ipv4', text };
  // A zone names an interface of one machine; it means nothing here.
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const canonical = new SocketAddress({ family: 'ipv6', address: text }).address;
  const mapped = canonical.startsWith(mappedPrefix) ? canonical.slice(mappedPrefix.length) : '';
  return isIPv4(mapped) ? { family: 'ipv4', text: mapped } : { family: 'ipv6', text: canonical };
}

function parseBits(text: string, max: number): number | undefined {
  return /^(0|[1-9]\d{0,2})$/.test(text) && Number(text) <= max ? Number(text) : undefined;
}
