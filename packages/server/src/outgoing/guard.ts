// What this server may call by addresses that users write: never what only it can reach.
import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { AditError } from '@adit/contracts';
import { isPublicAddress } from './public-address.ts';

export interface GuardOptions {
  /** Addresses that may be called although they are not public. */
  readonly allowed: { has(ip: string): boolean };
  /** Tests put their own here. Default: the system's. */
  readonly resolve?: typeof lookup;
}

/** Whether an address may be called. */
export function mayCall(ip: string, { allowed }: GuardOptions): boolean {
  return isPublicAddress(ip) || allowed.has(ip);
}

/** All of a name's addresses must be such as may be called: a list is no way around. */
export function guardedLookup(options: GuardOptions): LookupFunction {
  const { resolve = lookup } = options;
  return (host, asked, done) => {
    resolve(host, { ...asked, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return done(error, []);
      if (addresses.length === 0 || !addresses.every(({ address }) => mayCall(address, options))) {
        return done(refused('its address is not public') as unknown as NodeJS.ErrnoException, []);
      }
      const [first] = addresses;
      return asked.all ? done(null, addresses) : done(null, first?.address ?? '', first?.family);
    });
  };
}

export function refused(reason: string): AditError {
  return new AditError(9620, `Cannot call the address: ${reason}`);
}
