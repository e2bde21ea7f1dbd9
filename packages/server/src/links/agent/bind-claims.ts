import { AditError, type Id, newId } from '@adit/contracts';
import type { BindRequest } from '@adit/wire';
import type { Directory } from '../../directory/directory.ts';
import type { EndpointAddress } from '../../domain/address.ts';
import type { Clock } from '../../domain/clock.ts';
import { type BindOptions, optionsDigest } from './bind-options.ts';
import { type BindClaims, readBindToken } from './bind-token.ts';
import type { Signer } from './signer.ts';

export interface ClaimsDeps {
  readonly directory: Pick<Directory, 'parseAddress'>;
  readonly signer: Signer;
  readonly clock: Clock;
}

/** What a new bind is, under an address that was asked for or chosen. */
export function newClaims(
  { accountId, address }: Pick<BindClaims, 'accountId' | 'address'>,
  options: BindOptions,
  { clock }: Pick<ClaimsDeps, 'clock'>,
): BindClaims {
  const createdAtMs = clock.timeOfDay();
  const endpointId = newId('endpoint', createdAtMs);
  return { endpointId, accountId, address, optionsDigest: optionsDigest(options), createdAtMs };
}

/**
 * A bind that comes back keeps its id and URL, and must not come back weaker (§14.2).
 *
 * @throws {AditError} 335: not its token, or other options. As `requestedAddress`.
 */
export function oldClaims(
  { request, options }: { request: BindRequest; options: BindOptions },
  accountId: Id<'account'>,
  deps: ClaimsDeps,
): BindClaims {
  const claims = readBindToken(request.Extra.Token, deps.signer);
  const isOurs = claims?.endpointId === request.Id && claims.accountId === accountId;
  if (!claims || !isOurs) throw new AditError(335);
  const asked = requestedAddress(options, accountId, deps) ?? claims.address;
  if (!isSame(asked, claims.address) || optionsDigest(options) !== claims.optionsDigest) {
    throw new AditError(335, 'Cannot open the endpoint again: its options differ from those it was opened with');
  }
  // The rules may have changed since: another domain, another reserved name.
  const { scheme, host, port } = claims.address;
  deps.directory.parseAddress(port === null ? host : `${host}:${port}`, scheme, accountId);
  return claims;
}

/**
 * The address that a bind asks for; null: it leaves the choice to the server.
 *
 * @throws {AditError} 307, 319, 326, 332, 9404: it cannot be had.
 */
export function requestedAddress(
  { requestedNames, scheme, binding }: BindOptions,
  accountId: Id<'account'>,
  { directory }: Pick<ClaimsDeps, 'directory'>,
): EndpointAddress | null {
  const asked = requestedNames
    .map((name) => directory.parseAddress(name, scheme, accountId))
    .filter((one) => one !== null);
  const [address = null, ...others] = asked;
  for (const other of others) {
    if (address && !isSame(address, other)) {
      throw new AditError(326, `Cannot open the endpoint: it asks for "${shown(address)}" and "${shown(other)}"`);
    }
  }
  if (binding !== null && binding !== (address?.binding ?? 'public')) {
    throw new AditError(326, 'Cannot open the endpoint: internal ones have a name that ends in ".internal", no others');
  }
  return address;
}

function isSame(a: EndpointAddress, b: EndpointAddress): boolean {
  return a.scheme === b.scheme && a.host === b.host && a.port === b.port && a.binding === b.binding;
}

function shown({ host, port }: EndpointAddress): string {
  return port === null ? host : `${host}:${port}`;
}
