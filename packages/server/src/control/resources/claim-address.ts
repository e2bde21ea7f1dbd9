// Addresses that documents keep, so that no two have the same.
import { AditError, type Id } from '@adit/contracts';
import type { EndpointAddress } from '../../domain/address.ts';
import { type DraftClaim, type DraftContext, isTaken } from './resource.ts';

type Context = Pick<DraftContext<object>, 'names' | 'tx' | 'principal'>;

/** @throws {AditError} 319, 320: it is another account's. 307: a port that the account has not reserved. */
export async function refuseOthers(address: EndpointAddress, context: Context): Promise<void> {
  context.names.refuseForeign(address, context.principal.accountId);
  if (address.scheme === 'tcp' && address.binding === 'public') await refuseUnreserved(address, context);
}

/** What is kept for good must be kept for its account. */
async function refuseUnreserved({ port }: EndpointAddress, { tx, principal }: Context): Promise<void> {
  const holder = await tx.findClaim({ space: 'port', name: String(port) });
  if (holder?.accountId === principal.accountId) return;
  throw new AditError(307, `Cannot use port ${port}: your account has not reserved it`);
}

const alone = 'alone';

/** An address, and who may have it too. */
export interface KeptAddress {
  readonly address: EndpointAddress;
  readonly isPooled: boolean;
  /** Tells it from others of its pool. */
  readonly poolKey: string;
}

/**
 * Alone it claims its URL; of a pool each has a claim of its own beside the others.
 *
 * @param before What the document has until now; undefined: nothing.
 * @throws {AditError} 320: another account has the URL. 9109: another document has it, and they do not both share it.
 */
export async function claimAddress(
  { address, isPooled, poolKey }: KeptAddress,
  before: KeptAddress | undefined,
  { tx, principal: { accountId } }: Context,
): Promise<DraftClaim> {
  const space = spaceOf(address, accountId);
  const refuse = () => isTaken(`"${textOf(address)}" (several may have it where all have pooling enabled)`);
  if (await tx.hasOthersClaim({ space, prefix: '', accountId })) {
    throw new AditError(320, `Cannot open "${textOf(address)}": the name belongs to another account`);
  }
  const isOwn = before !== undefined && spaceOf(before.address, accountId) === space;
  if (!isPooled && (await tx.countClaims(space)) > (isOwn ? 1 : 0)) throw refuse();
  const isOwnAlone = isOwn && !before.isPooled;
  if (isPooled && !isOwnAlone && (await tx.findClaim({ space, name: alone }))) throw refuse();
  return { space, name: isPooled ? poolKey : alone, refuse };
}

/** Public addresses are unique among all accounts, and internal ones in each. As in the directory https and tls share names. */
function spaceOf({ scheme, host, port, binding }: EndpointAddress, accountId: Id<'account'>): string {
  if (binding === 'internal') return `endpoint of ${accountId} ${scheme} ${host}:${port}`;
  if (scheme === 'tcp') return `endpoint port ${port}`;
  return `endpoint ${scheme === 'http' ? 'http' : 'tls'} ${host}`;
}

function textOf({ scheme, host, port }: EndpointAddress): string {
  return `${scheme}://${host}${port === null ? '' : `:${port}`}`;
}
