import { addressBits, type IpAddress, mappedIpv4, parseIpAddress } from '../../../domain/ip-address.ts';
import { RecentMap } from '../../../domain/recent.ts';
import type { Fuel } from '../fuel.ts';
import { type FunctionRow, overloads } from './function-row.ts';

interface Block extends IpAddress {
  readonly hostBits: bigint;
}

/** Blocks are mostly written out in documents, so the same ones come again and again. */
const blocks = new RecentMap<string, Block | 'none'>(1_000);
const privateBlocks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

export function networkFunctions(fuel: Fuel): FunctionRow[] {
  const isIn = (ip: string, cidrs: readonly unknown[]) => {
    fuel.burn(1 + cidrs.length / 4);
    const address = readAddress(ip);
    return address !== undefined && cidrs.some((cidr) => typeof cidr === 'string' && isInBlock(address, blockOf(cidr)));
  };
  return [
    ...overloads('Whether an address is in a block such as "192.0.2.0/24"; false when either is not one.', {
      'inCidrRange(string, string): bool': (ip: string, cidr: string) => isIn(ip, [cidr]),
    }),
    ...overloads('Whether an address is in any of some blocks; what is no block is passed over.', {
      'inCidrRanges(string, list<string>): bool': isIn,
    }),
    ...overloads('Whether the text is an IPv4 address for private networks (RFC 1918).', {
      'string.isPrivateIp(): bool': (ip: string) => isIn(ip, privateBlocks),
    }),
  ];
}

/** IPv4-mapped addresses count as the IPv4 address. */
function readAddress(text: string): IpAddress | undefined {
  const address = text.length > 64 ? undefined : parseIpAddress(text);
  return address && (mappedIpv4(address) ?? address);
}

function isInBlock(address: IpAddress, block: Block | 'none'): boolean {
  if (block === 'none' || block.family !== address.family) return false;
  return address.value >> block.hostBits === block.value >> block.hostBits;
}

function blockOf(cidr: string): Block | 'none' {
  const known = blocks.get(cidr);
  if (known !== undefined) return known;
  const block = cidr.length > 64 ? 'none' : readBlock(cidr);
  blocks.set(cidr, block);
  return block;
}

function readBlock(cidr: string): Block | 'none' {
  const [text = '', mask = '', ...more] = cidr.split('/');
  const address = parseIpAddress(text);
  const bits = /^\d{1,3}$/.test(mask) ? Number(mask) : Number.NaN;
  if (address === undefined || more.length > 0 || !(bits <= addressBits[address.family])) return 'none';
  const mapped = bits >= 96 ? mappedIpv4(address) : undefined;
  return { ...(mapped ?? address), hostBits: BigInt(addressBits[address.family] - bits) };
}
