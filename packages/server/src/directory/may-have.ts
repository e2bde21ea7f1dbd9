import type { Id } from '@adit/contracts';
import { type EndpointAddress, isWildcard } from '../domain/address.ts';
import type { Reservations } from './reservations.ts';

/**
 * Whether an account may have a public address, of all that is reserved: nobody else has reserved it or, of a wildcard, what is
 * below it; and outside the domain the account itself has. Who is online there is another question.
 */
export function mayHave(
  accountId: Id<'account'>,
  { scheme, host, port, binding }: EndpointAddress,
  { domain, reservations }: { readonly domain: string; readonly reservations: Reservations },
): boolean {
  if (binding === 'internal') return true;
  if (scheme === 'tcp') return [undefined, accountId].includes(reservations.ownerOfPort(port ?? 0));
  if (isWildcard(host) && reservations.hasOthersBelow(host, accountId)) return false;
  const owner = reservations.ownerOf(host);
  return owner === accountId || (owner === undefined && host.endsWith(`.${domain}`));
}
