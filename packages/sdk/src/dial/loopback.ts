import type { LookupAddress } from 'node:dns';
import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

// IPv4 first: a Happy Eyeballs dial moves on to ::1 at once when that is refused.
const loopbackAddresses: LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/** `localhost` and every name below it (RFC 6761 §6.3: never asked of a resolver). */
export function isLocalhostName(host: string): boolean {
  return /(?:^|\.)localhost\.?$/i.test(host);
}

/** True if the host can only be this machine. */
export function isLoopbackHost(host: string): boolean {
  return isLocalhostName(host) || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Resolves `localhost` and `*.localhost` itself, because Node cannot resolve the latter; asks the system for the rest. */
export const lookup: LookupFunction = (hostname, options, callback) => {
  if (!isLocalhostName(hostname)) return systemLookup(hostname, options, callback);
  const found = loopbackAddresses.filter(({ family }) => isWanted(family, options.family));
  const first = found[0] ?? { address: '127.0.0.1', family: 4 };
  return options.all ? callback(null, found) : callback(null, first.address, first.family);
};

function isWanted(family: number, wanted: number | 'IPv4' | 'IPv6' | undefined): boolean {
  return !wanted || wanted === family || wanted === `IPv${family}`;
}
