import { AditError, newId } from '@adit/contracts';
import type { MemberInput } from '@adit/contracts/api';
import type { UserId } from '../../domain/entities.ts';
import { type Roles, usualRoles } from '../../domain/roles.ts';
import type { Member, MemberKey, StoreTransaction } from '../../domain/store.ts';
import { checkedName } from '../checked-name.ts';
import { onlyOnce, type RequestFacts } from '../idempotency.ts';
import { writeAs } from '../write-as.ts';
import { auditMember, authorizeMember, type MemberCall, refuseTakenName, rolesFrom } from './member-call.ts';

const maxPerAccount = 10_000;

interface NewMember {
  readonly name: string;
  readonly roles: Roles;
  readonly isActive: boolean;
}

/**
 * Makes a user or service user in the account. For a repetition of `request` answers whom the first one made.
 *
 * @throws {AditError} 9100: not allowed, or more than the caller may. 9120: not a name. 9109: taken. 9110: too many. 9107, 9111:
 *   see `onlyOnce`. 203: the caller's key was revoked meanwhile.
 */
export async function createMember(call: MemberCall, input: MemberInput, request: RequestFacts): Promise<Member> {
  const { deps, principal } = call;
  const roles = rolesFrom(usualRoles.developer, input);
  authorizeMember(call, 'create', { userId: null, change: { from: null, to: roles } });
  const asked = { name: checkedName(input.name ?? ''), roles, isActive: input.active ?? true };
  return await writeAs(deps.store, principal, (tx) => {
    const find = (id: string) => findWithId(tx, { accountId: principal.accountId, userId: id as UserId });
    return onlyOnce(tx, { principal, request, digest: deps.digest, find }, () => insert(tx, call, asked));
  });
}

async function insert(
  tx: StoreTransaction,
  call: MemberCall,
  { name, roles, isActive }: NewMember,
): Promise<Member & { id: UserId }> {
  const { kind, idPrefix, contract } = call.resource;
  const { accountId } = call.principal;
  if ((await tx.countMembers({ accountId, idPrefix })) >= maxPerAccount) {
    throw new AditError(9110, `Cannot make ${contract.title}: the account has ${maxPerAccount}`);
  }
  await refuseTakenName(tx, call, name);
  const userId = newId(kind, tx.nowMs);
  await tx.insertUser({ id: userId, name, createdAtMs: tx.nowMs });
  await tx.insertMembership({ accountId, userId, roles, disabledAtMs: isActive ? null : tx.nowMs });
  const member = await findWithId(tx, { accountId, userId });
  if (!member) throw new TypeError('Cannot read a member that was just written');
  await auditMember(tx, call, { verb: 'create', member });
  return member;
}

async function findWithId(tx: StoreTransaction, key: MemberKey): Promise<(Member & { id: UserId }) | undefined> {
  const member = await tx.findMember(key);
  return member && { ...member, id: member.userId };
}
