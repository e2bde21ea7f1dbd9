import { randomBytes } from 'node:crypto';
import { AditError } from '@adit/contracts';
import * as contract from '@adit/contracts/api';
import { isWildcard, wildcardsAbove } from '../../domain/address.ts';
import { parseHostName } from '../../domain/host-name.ts';
import type { Draft, DraftClaim, DraftContext, Resource } from './resource.ts';

export interface DomainBody {
  readonly host: string;
  /** Null: below the server's domain, where names are for whoever comes first. */
  readonly proof: { readonly token: string; readonly foundAtMs: number | null } | null;
}

/** In which all accounts' public names are unique. Labels stand the other way round: what is below a name begins with it. */
const hostSpace = 'host';

export const reservedDomains: Resource<{ domain?: string }, DomainBody> = {
  kind: 'reservedDomain',
  contract: contract.reservedDomains,
  async draft({ domain = '' }, context) {
    return await draftDomain(context.previous?.body ?? newBody(domain, context), context);
  },
  show: ({ body: { host, proof } }, { domain }) => ({
    domain: host,
    region: '',
    cname_target: proof && domain,
    verification: proof && {
      record: proofRecord(host),
      value: proofText(proof.token),
      verified_at: proof.foundAtMs === null ? null : new Date(proof.foundAtMs).toISOString(),
    },
  }),
};

/**
 * The draft of a domain, with the names that it takes from others.
 *
 * @throws {AditError} 413: the account has it. 414, 417: it, what is above or what is below it is another account's.
 */
export async function draftDomain(
  body: DomainBody,
  { principal: { accountId }, tx, names }: DraftContext<DomainBody>,
): Promise<Draft<DomainBody>> {
  const { host, proof } = body;
  const own = { space: `${hostSpace} of ${accountId}`, name: host, refuse: () => new AditError(413) };
  // Until it is proved a name keeps nobody from it: its owner may come later.
  if (proof && proof.foundAtMs === null) return { body, claims: [own] };
  const foreign = () => (isWildcard(host) ? new AditError(417) : new AditError(414));
  for (const name of [host, ...namesAbove(host)]) {
    const holder = await tx.findClaim({ space: hostSpace, name: turned(name) });
    if (holder && holder.accountId !== accountId) throw foreign();
  }
  const prefix = `${turned(withoutWildcard(host))}.`;
  if (await tx.hasOthersClaim({ space: hostSpace, prefix, accountId })) throw foreign();
  if (names.isUsedByOthers(host, accountId)) throw foreign();
  const everywhere: DraftClaim = { space: hostSpace, name: turned(host), refuse: foreign };
  return { body, claims: [own, everywhere] };
}

/** Name of the TXT record that proves whose a domain is. */
export function proofRecord(host: string): string {
  return `_adit-challenge.${withoutWildcard(host)}`;
}

export function proofText(token: string): string {
  return `adit-domain-verification=${token}`;
}

/** Whether endpoints may have it. */
export function isProved({ proof }: DomainBody): boolean {
  return proof === null || proof.foundAtMs !== null;
}

function newBody(text: string, { names }: Pick<DraftContext<DomainBody>, 'names'>): DomainBody {
  const host = parseHostName(text);
  if (host === names.domain || host.endsWith(`.${names.domain}`)) {
    names.refuseReserved(host);
    return { host, proof: null };
  }
  return { host, proof: { token: randomBytes(18).toString('base64url'), foundAtMs: null } };
}

/** `*.b.c`, `b.c`, `*.c`, `c` above `a.b.c`: whoever has one of these has it, too. */
function* namesAbove(host: string): Generator<string> {
  if (isWildcard(host)) yield withoutWildcard(host);
  for (const wildcard of wildcardsAbove(host)) {
    yield wildcard;
    yield withoutWildcard(wildcard);
  }
}

function withoutWildcard(host: string): string {
  return isWildcard(host) ? host.slice(2) : host;
}

function turned(host: string): string {
  return host.split('.').reverse().join('.');
}
