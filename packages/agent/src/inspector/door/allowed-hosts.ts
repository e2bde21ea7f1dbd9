import { BlockList, isIP, isIPv4 } from 'node:net';
import { AditError } from '@adit/contracts';

/** Answers whether a Host header names this inspector. */
export type HostTest = (host: string | undefined) => boolean;

const form = /^(?:\[([\da-f:.]+)\]|([a-z\d_.-]+))(?::\d{1,5})?$/i;

/**
 * Which names the inspector answers to. A page on a name that its owner points at 127.0.0.1 (DNS rebinding) is of the same
 * origin as an answer to that name, so that only names nobody else can have are let in: `localhost`, loopback addresses,
 * and those that were configured.
 *
 * @param listenHost The address listened on; allowed unless it is that of all interfaces.
 * @param entries Addresses, ranges in CIDR notation, exact names, or `.suffix` for all names below one.
 * @throws {AditError} 9201: an entry of another form.
 */
export function allowedHosts(listenHost: string, entries: readonly string[]): HostTest {
  const addresses = new BlockList();
  addresses.addSubnet('127.0.0.0', 8, 'ipv4');
  addresses.addAddress('::1', 'ipv6');
  const names = new Set(['localhost']);
  const suffixes: string[] = [];
  const own = listenHost === '0.0.0.0' || listenHost === '::' ? [] : [listenHost];
  for (const entry of [...own, ...entries]) {
    if (addAddress(addresses, entry)) continue;
    const name = entry.toLowerCase();
    if (!/^\.?[a-z\d_-]+(?:\.[a-z\d_-]+)*$/.test(name)) throw invalid(entry);
    if (name.startsWith('.')) suffixes.push(name);
    else names.add(name);
  }
  return (host) => {
    const [, v6, name] = form.exec(host ?? '') ?? [];
    const asked = (v6 ?? name ?? '').toLowerCase();
    if (isIP(asked) !== 0) return addresses.check(asked, isIPv4(asked) ? 'ipv4' : 'ipv6');
    return names.has(asked) || suffixes.some((suffix) => asked.endsWith(suffix) && asked.length > suffix.length);
  };
}

function addAddress(list: BlockList, entry: string): boolean {
  const [address = '', bits, ...more] = entry.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const maxBits = version === 4 ? 32 : 128;
  if (bits === undefined) list.addAddress(address, family);
  else if (/^\d{1,3}$/.test(bits) && Number(bits) <= maxBits) list.addSubnet(address, Number(bits), family);
  else throw invalid(entry);
  return true;
}

function invalid(entry: string): AditError {
  return new AditError(
    9201,
    `Cannot use ${JSON.stringify(entry)} in web_allow_hosts: it must be an address, a range, a name or .suffix`,
  );
}
