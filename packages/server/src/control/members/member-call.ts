import { AditError } from '@adit/contracts';
import type { MemberInput } from '@adit/contracts/api';
import { authorize, missing } from '../../domain/authorize.ts';
import type { UserId } from '../../domain/entities.ts';
import type { Notice } from '../../domain/notices.ts';
import type { Principal } from '../../domain/principal.ts';
import type { RoleChange, Roles } from '../../domain/roles.ts';
import type { Member, StoreTransaction } from '../../domain/store.ts';
import type { ControlDeps } from '../control-deps.ts';
import { writeAs } from '../write-as.ts';
import type { MemberResource } from './member-resources.ts';

/** Who asks, and about which kind of members. */
export interface MemberCall {
  readonly deps: Pick<ControlDeps, 'store' | 'bus' | 'digest'>;
  readonly principal: Principal;
  readonly resource: MemberResource;
}

/** Who is to change, if they still are as the caller knows them. */
export interface MemberTarget {
  readonly id: UserId;
  isExpected(member: Member): boolean;
}

interface Outcome {
  readonly member: Member;
  readonly notices: readonly Notice[];
}

/** @throws {AditError} 9100: not allowed, or it gives more than the caller has. */
export function authorizeMember(
  { principal, resource: { kind } }: MemberCall,
  verb: 'create' | 'update' | 'delete',
  about: { userId: UserId | null; change: RoleChange },
): void {
  const { userId: ownerId, change } = about;
  authorize(principal, `${kind}.${verb}`, { accountId: principal.accountId, ownerId, change });
}

/**
 * Changes one member, then tells what is to be cut off.
 *
 * @throws {AditError} 9101: there is none. 9106: not as expected. 203: the caller's key was revoked meanwhile.
 */
export async function changeMember(
  { deps, principal }: MemberCall,
  { id, isExpected }: MemberTarget,
  change: (tx: StoreTransaction, member: Member) => Promise<Outcome>,
): Promise<Member> {
  const { member, notices } = await writeAs(deps.store, principal, async (tx) => {
    const member = await tx.findMember({ accountId: principal.accountId, userId: id });
    if (!member) throw missing();
    if (!isExpected(member)) throw new AditError(9106);
    return await change(tx, member);
  });
  for (const notice of notices) deps.bus.publish(notice);
  return member;
}

/** A notice for each of their credentials. */
export async function noticesAbout(
  tx: StoreTransaction,
  { accountId, userId }: Member,
  type: 'credential-revoked' | 'credential-disabled' | 'credential-changed',
): Promise<Notice[]> {
  const ids = await tx.listCredentialIds({ accountId, userId });
  return ids.map((credentialId) => ({ type, accountId, credentialId }));
}

/** @throws {AditError} 9114: nobody would be left to administrate the account. */
export async function keepAdministrator(tx: StoreTransaction, before: Member, after: Member | null): Promise<void> {
  const isAdministrator = (one: Member | null) => one !== null && one.roles.administrator && one.disabledAtMs === null;
  if (!isAdministrator(before) || isAdministrator(after)) return;
  if ((await tx.countOtherAdministrators(before)) === 0) throw new AditError(9114);
}

/** @throws {AditError} 9109: two of one name could not be told apart by whoever reads about them. */
export async function refuseTakenName(tx: StoreTransaction, { principal }: MemberCall, name: string): Promise<void> {
  if (!(await tx.hasMemberNamed(principal.accountId, name))) return;
  throw new AditError(9109, `Cannot have the name "${name}": another member of the account has it`);
}

export async function auditMember(
  tx: StoreTransaction,
  { principal, resource: { kind } }: MemberCall,
  { verb, member }: { verb: 'create' | 'update' | 'delete'; member: Member },
): Promise<void> {
  const { accountId, userId: resourceId, roles, disabledAtMs } = member;
  const details = { ...roles, active: disabledAtMs === null };
  await tx.appendAudit({ accountId, actor: principal, action: `${kind}.${verb}`, resourceId, details });
}

/** What is absent or null stays as it was. */
export function rolesFrom(before: Roles, { roles }: MemberInput): Roles {
  return {
    administrator: roles?.administrator ?? before.administrator,
    developer: roles?.developer ?? before.developer,
    team: roles?.team ?? before.team,
  };
}
