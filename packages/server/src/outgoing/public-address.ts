import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { formatIpAddress, mappedIpv4, parseIpAddress } from '../domain/ip-address.ts';

/** What is not somebody's public address (IANA special-purpose registries, RFC 6890 and its updates). */
const specialRanges: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  // With the metadata services of clouds.
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** All else of IPv6 is not given out. */
const ipv6Unicast = '2000::/3';
const specialRangesOfIpv6: readonly string[] = [
  // Teredo, benchmarks, ORCHID, documentation; 6to4 and the translation prefix hold IPv4 addresses.
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
];

const special = listOf(specialRanges, 'ipv4');
const specialOfIpv6 = listOf(specialRangesOfIpv6, 'ipv6');
const unicast = listOf([ipv6Unicast], 'ipv6');

/**
 * True for addresses of the public Internet alone: not of this machine, its networks, or the cloud it runs in. IPv4 addresses
 * inside IPv6 are judged as what they are.
 */
export function isPublicAddress(ip: string): boolean {
  if (isIPv4(ip)) return !special.check(ip, 'ipv4');
  if (!isIPv6(ip) || ip.includes('%')) return false;
  const address = parseIpAddress(ip);
  const inner = address && mappedIpv4(address);
  if (inner) return isPublicAddress(formatIpAddress(inner));
  return unicast.check(ip, 'ipv6') && !specialOfIpv6.check(ip, 'ipv6');
}

function listOf(ranges: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits = '0'] = range.split('/');
    list.addSubnet(address, Number(bits), family);
  }
  return list;
}
