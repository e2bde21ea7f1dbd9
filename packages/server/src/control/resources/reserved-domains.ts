import { randomBytes } from 'node:crypto';
import { AditError } from '@adit/contracts';
import * as contract from '@adit/contracts/api';
import { isWildcard, wildcardsAbove, withoutWildcard } from '../../domain/address.ts';
import type { DocumentId } from '../../domain/document.ts';
import { parseHostName } from '../../domain/host-name.ts';
import type { ManagedCertificate } from '../../domain/managed-certificates.ts';
import type { CertificateBody } from './certificates.ts';
import { defaultReservationLimits } from './reservation-limits.ts';
import type { Draft, DraftClaim, DraftContext, Resource } from './resource.ts';

export interface DomainBody {
  readonly host: string;
  /** The one that it is served with; null: the server's. */
  readonly certificateId: DocumentId | null;
  /** How the server gets one itself; undefined or null: as it does without being told. Never with a `certificateId`. */
  readonly management?: { readonly privateKeyType: 'ecdsa' | 'rsa' } | null;
  /** Null: below the server's domain, where names are for whoever comes first. */
  readonly proof: { readonly token: string; readonly foundAtMs: number | null } | null;
}

/** In which all accounts' public names are unique. Labels stand the other way round: what is below a name begins with it. */
const hostSpace = 'host';

interface DomainInput {
  readonly domain?: string;
  readonly certificate_id?: string;
  readonly certificate_management_policy?: { readonly private_key_type?: 'ecdsa' | 'rsa' | null };
}

export const reservedDomains: Resource<DomainInput, DomainBody> = {
  kind: 'reservedDomain',
  contract: contract.reservedDomains,
  async draft({ domain = '', certificate_id, certificate_management_policy: policy }, context) {
    const body = context.previous?.body ?? newBody(domain, context);
    if (policy && certificate_id !== undefined) {
      throw new AditError(215, 'Cannot take certificate_id and certificate_management_policy together: choose one');
    }
    if (policy) {
      const management = { privateKeyType: policy.private_key_type ?? 'ecdsa' };
      return await draftDomain({ ...body, certificateId: null, management }, context);
    }
    if (certificate_id === undefined) return await draftDomain(body, context);
    const certificate = await context.find('tlsCertificate', certificate_id, 'certificate_id');
    refuseOtherNames(certificate.body as CertificateBody, body.host);
    return await draftDomain({ ...body, certificateId: certificate.id, management: null }, context);
  },
  show: ({ body: { host, proof, certificateId, management } }, { domain, refer, managedCertificateOf }) => ({
    domain: host,
    region: '',
    cname_target: proof && domain,
    certificate: certificateId && refer('tlsCertificate', certificateId),
    certificate_management_policy: management
      ? { authority: 'letsencrypt', private_key_type: management.privateKeyType }
      : null,
    certificate_management_status: certificateId === null ? showStatus(managedCertificateOf(host)) : null,
    verification: proof && {
      record: proofRecord(host),
      value: proofText(proof.token),
      verified_at: proof.foundAtMs === null ? null : timeText(proof.foundAtMs),
    },
  }),
};

function showStatus(certificate: ManagedCertificate | undefined): object | null {
  if (!certificate) return null;
  const { issued, attempt } = certificate;
  return {
    renews_at: issued && timeText(issued.renewAtMs),
    provisioning_job: attempt && {
      error_code: attempt.error && (attempt.error.kind === 'dns' ? 'DNS_ERROR' : 'INTERNAL_ERROR'),
      msg: attempt.error?.message ?? '',
      started_at: timeText(attempt.startedAtMs),
      retries_at: attempt.holder === null ? timeText(attempt.untilMs) : null,
    },
  };
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

/**
 * The draft of a domain, with the names that it takes from others.
 *
 * @throws {AditError} 413: the account has it. 414, 417: it, what is above or what is below it is another account's. 9110: the
 *   account has as many as it may have without proof.
 */
export async function draftDomain(body: DomainBody, context: DraftContext<DomainBody>): Promise<Draft<DomainBody>> {
  const { principal, tx, names } = context;
  const { accountId } = principal;
  const { host, proof, certificateId } = body;
  const references = certificateId === null ? [] : [certificateId];
  const refuse = () => new AditError(413);
  const own: DraftClaim[] = [{ space: `${hostSpace} of ${accountId}`, name: host, refuse }];
  if ((proof?.foundAtMs ?? null) === null) {
    const space = `unproved ${hostSpace} of ${accountId}`;
    await refuseTooMany(space, context);
    own.push({ space, name: host, refuse });
  }
  // Until it is proved a name keeps nobody from it: its owner may come later.
  if (proof && proof.foundAtMs === null) return { body, references, claims: own };
  const foreign = () => (isWildcard(host) ? new AditError(417) : new AditError(414));
  for (const name of [host, ...namesAbove(host)]) {
    const holder = await tx.findClaim({ space: hostSpace, name: turned(name) });
    if (holder && holder.accountId !== accountId) throw foreign();
  }
  const prefix = `${turned(withoutWildcard(host))}.`;
  if (await tx.hasOthersClaim({ space: hostSpace, prefix, accountId })) throw foreign();
  // Whoever proves a name has it, also from endpoints that rest on no reservation of theirs: they end when it is known.
  if (proof === null && names.isUsedByOthers(host, accountId)) throw foreign();
  const everywhere: DraftClaim = { space: hostSpace, name: turned(host), refuse: foreign };
  return { body, references, claims: [...own, everywhere] };
}

/** What is there already may be changed, however many there are. */
async function refuseTooMany(space: string, { tx, previous }: DraftContext<DomainBody>): Promise<void> {
  const { maxUnprovedDomains: limit } = defaultReservationLimits;
  if (previous || (await tx.countClaims(space)) < limit) return;
  throw new AditError(9110, `Cannot make a reserved domain: the account has ${limit} that no DNS record proves`);
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

/** @throws {AditError} 215: visitors would be told that the certificate is for other names. */
function refuseOtherNames({ facts: { dnsNames } }: CertificateBody, host: string): void {
  // A certificate's wildcard stands for one label (RFC 9525, 6.3).
  const wildcard = host.replace(/^[^.]+/, '*');
  if (dnsNames.some((name) => [host, wildcard].includes(name.toLowerCase()))) return;
  throw new AditError(
    215,
    `Cannot serve "${host}" with this certificate: it is for ${dnsNames.join(', ') || 'no name'}`,
  );
}

function newBody(text: string, { names }: Pick<DraftContext<DomainBody>, 'names'>): DomainBody {
  const host = parseHostName(text);
  if (host === names.domain || host.endsWith(`.${names.domain}`)) {
    names.refuseReserved(host);
    return { host, certificateId: null, proof: null };
  }
  return { host, certificateId: null, proof: { token: randomBytes(18).toString('base64url'), foundAtMs: null } };
}

/** `*.b.c`, `b.c`, `*.c`, `c` above `a.b.c`: whoever has one of these has it, too. */
function* namesAbove(host: string): Generator<string> {
  if (isWildcard(host)) yield withoutWildcard(host);
  for (const wildcard of wildcardsAbove(host)) {
    yield wildcard;
    yield withoutWildcard(wildcard);
  }
}

function turned(host: string): string {
  return host.split('.').reverse().join('.');
}
