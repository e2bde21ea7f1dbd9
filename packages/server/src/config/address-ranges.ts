import { BlockList, isIPv4, isIPv6, SocketAddress } from 'node:net';
import { z } from 'zod';

type Family = 'ipv4' | 'ipv6';
const bitsOf = { ipv4: 32, ipv6: 128 } as const;
/** IPv4 addresses inside IPv6 (RFC 4291 §2.5.5.2): whoever comes by one is known by his IPv4 address. */
const mappedPrefix = '::ffff:';
const mappedPrefixBits = 96;

interface Range {
  readonly family: Family;
  readonly address: string;
  readonly bits: number;
}

/** Addresses named in an option. */
export interface AddressRanges {
  readonly isEmpty: boolean;
  /** @param ip Textual, without zone, IPv4-mapped addresses as IPv4. False for anything that is no address. */
  has(ip: string): boolean;
}

/**
 * Matched by family: one list for both would take `::/0` for every IPv4 address as well. The policies have a list of their
 * own; the server's configuration must not depend on a policy.
 */
class RangesByFamily implements AddressRanges {
  readonly isEmpty: boolean;
  readonly #lists = { ipv4: new BlockList(), ipv6: new BlockList() };

  constructor(ranges: readonly Range[]) {
    this.isEmpty = ranges.length === 0;
    for (const { family, address, bits } of ranges) this.#lists[family].addSubnet(address, bits, family);
  }

  has(ip: string): boolean {
    if (this.isEmpty) return false;
    if (isIPv4(ip)) return this.#lists.ipv4.check(ip, 'ipv4');
    return isIPv6(ip) && this.#lists.ipv6.check(ip, 'ipv6');
  }
}

/** `a.b.c.d`, an IPv6 address, or either with `/bits`. Undefined for anything else. */
function parseRange(text: string): Range | undefined {
  const [written = '', digits, ...more] = text.split('/');
  const family = isIPv4(written) ? 'ipv4' : 'ipv6';
  // A zone names an interface of one machine, and no range of addresses.
  if (more.length > 0 || (family === 'ipv6' && (!isIPv6(written) || written.includes('%')))) return undefined;
  const bits = digits === undefined ? bitsOf[family] : parseBits(digits, bitsOf[family]);
  if (bits === undefined) return undefined;
  const { address } = new SocketAddress({ family, address: written });
  const mapped = address.startsWith(mappedPrefix) ? address.slice(mappedPrefix.length) : '';
  const isMapped = isIPv4(mapped) && bits >= mappedPrefixBits;
  return isMapped ? { family: 'ipv4', address: mapped, bits: bits - mappedPrefixBits } : { family, address, bits };
}

function parseBits(text: string, max: number): number | undefined {
  return /^(0|[1-9]\d{0,2})$/.test(text) && Number(text) <= max ? Number(text) : undefined;
}

/** One range or a list of them. */
export const addressRanges = z
  .union([z.string().transform((range) => [range]), z.array(z.string())], 'must be an address range or a list of them')
  .default([])
  .transform((texts, context): AddressRanges => {
    const ranges: Range[] = [];
    for (const text of texts) {
      const range = parseRange(text);
      if (range) ranges.push(range);
      else context.addIssue({ code: 'custom', message: `"${text.slice(0, 64)}" is not in CIDR notation` });
    }
    return new RangesByFamily(ranges);
  });
