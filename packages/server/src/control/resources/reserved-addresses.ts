import { AditError } from '@adit/contracts';
import * as contract from '@adit/contracts/api';
import { defaultReservationLimits } from './reservation-limits.ts';
import type { Resource } from './resource.ts';

export interface AddressBody {
  readonly port: number;
}

const maxTries = 50;

export const reservedAddresses: Resource<object, AddressBody> = {
  kind: 'reservedAddress',
  contract: contract.reservedAddresses,
  maxPerAccount: defaultReservationLimits.maxReservedAddresses,
  async draft(_, { previous, names, tx }) {
    let { port } = previous?.body ?? { port: names.freePort() };
    const isClaimed = async () => (await tx.findClaim(claimOf(port))) !== undefined;
    // What was reserved a moment ago may not be known to the register of names yet.
    for (let tries = 0; !previous && (await isClaimed()) && tries < maxTries; tries++) port = names.freePort();
    const refuse = () => new AditError(9405);
    return { body: { port }, claims: [{ ...claimOf(port), refuse }] };
  },
  show: ({ body }, { domain }) => ({ addr: `${domain}:${body.port}`, region: '' }),
};

function claimOf(port: number) {
  return { space: 'port', name: String(port) };
}
