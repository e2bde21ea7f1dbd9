import { AditError } from '@adit/contracts';
import { addressBits, formatIpAddress, type IpAddress, mappedIpv4, parseIpAddress } from './ip-address.ts';

/** A block of addresses, as the rules of IP policies name them. */
export interface Cidr {
  readonly family: 4 | 6;
  /** Canonical (RFC 5952 for IPv6): two blocks are the same exactly if their texts are. */
  readonly text: string;
}

/** More than the longest block there is has. */
const maxChars = 64;
/** Blocks of mapped addresses are at least that narrow. */
const mappedBits = addressBits[6] - addressBits[4];

/**
 * Reads one block in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3). Strict, since whoever reads a rule must see what it is
 * about: a mask is required, and the address is the lowest of its block.
 *
 * @throws {AditError} 1406: no block, an IPv4-mapped one, or with a zone. 1413: no mask. 1409: not the lowest address.
 */
export function parseCidr(text: string): Cidr {
  if (text.length > maxChars) throw refused(1406, text, 'it is too long');
  const [written = '', mask, ...more] = text.split('/');
  if (written.includes('%')) throw refused(1406, text, 'a zone means something on one machine only; leave it out');
  const address = parseIpAddress(written);
  if (address === undefined) throw refused(1406, text, `${JSON.stringify(written)} is not an IP address`);
  if (mask === undefined) throw refused(1413, text, `it has no mask; this address alone is "${single(address)}"`);
  const bits = more.length === 0 ? parseMask(mask, addressBits[address.family]) : undefined;
  if (bits === undefined)
    throw refused(1406, text, `its mask is not a number from 0 to ${addressBits[address.family]}`);
  return lowest(text, address, bits);
}

function lowest(text: string, address: IpAddress, bits: number): Cidr {
  const mapped = mappedIpv4(address);
  if (mapped !== undefined && bits >= mappedBits) {
    const meant = blockOf(mapped, bits - mappedBits);
    throw refused(1406, text, `visitors with such an address are known by their IPv4 address; write "${meant}"`);
  }
  const block = blockOf(address, bits);
  if (block !== `${formatIpAddress(address)}/${bits}`) {
    throw refused(1409, text, `it does not begin with the lowest address of its block, which is "${block}"`);
  }
  return { family: address.family, text: block };
}

function blockOf({ family, value }: IpAddress, bits: number): string {
  const hostBits = BigInt(addressBits[family] - bits);
  return `${formatIpAddress({ family, value: (value >> hostBits) << hostBits })}/${bits}`;
}

function single(address: IpAddress): string {
  const one = mappedIpv4(address) ?? address;
  return blockOf(one, addressBits[one.family]);
}

function parseMask(text: string, max: number): number | undefined {
  return /^(0|[1-9]\d{0,2})$/.test(text) && Number(text) <= max ? Number(text) : undefined;
}

function refused(code: 1406 | 1409 | 1413, text: string, why: string): AditError {
  return new AditError(code, `Cannot use ${JSON.stringify(text.slice(0, maxChars))} as an address block: ${why}`);
}

/** Whether an address is in a block that `parseCidr` has read. False for what is no address. */
export function isInBlock(ip: string, block: string): boolean {
  const [start = '', mask = '0'] = block.split('/');
  const parsed = parseIpAddress(ip);
  const address = parsed && (mappedIpv4(parsed) ?? parsed);
  const lowestOf = parseIpAddress(start);
  if (!address || !lowestOf || address.family !== lowestOf.family) return false;
  const shift = BigInt(addressBits[address.family] - Number(mask));
  return address.value >> shift === lowestOf.value >> shift;
}
