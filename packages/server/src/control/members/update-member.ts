import type { MemberInput } from '@adit/contracts/api';
import { authorize } from '../../domain/authorize.ts';
import { mayWrite } from '../../domain/roles.ts';
import type { Member, StoreTransaction } from '../../domain/store.ts';
import { checkedName } from '../checked-name.ts';
import {
  auditMember,
  authorizeMember,
  changeMember,
  keepAdministrator,
  type MemberCall,
  type MemberTarget,
  noticesAbout,
  refuseTakenName,
  rolesFrom,
} from './member-call.ts';

/**
 * Changes name, roles, or whether they are active. When somebody is disabled, what their credentials let in is cut off once
 * that is durable; when they may write or may not any more, their agents open what they have anew.
 *
 * @throws {AditError} 9101: there is none. 9100: not allowed, or more than the caller has. 9106: not as expected. 9114: nobody
 *   would be left to administrate the account. 9109, 9120: the name. 203: the caller's key was revoked meanwhile.
 */
export async function updateMember(call: MemberCall, target: MemberTarget, input: MemberInput): Promise<Member> {
  return await changeMember(call, target, async (tx, before) => {
    const after = changed(before, input, tx.nowMs);
    authorizeChange(call, { before, after, input });
    await keepAdministrator(tx, before, after);
    if (after.user.name !== before.user.name) await rename(tx, call, after);
    await tx.updateMember(after);
    await auditMember(tx, call, { verb: 'update', member: after });
    const type = noticeOf(before, after);
    return { member: after, notices: type ? await noticesAbout(tx, after, type) : [] };
  });
}

/** What became of their credentials; undefined: nothing. What their agents open depends on whether they may write. */
function noticeOf(before: Member, after: Member): 'credential-disabled' | 'credential-changed' | undefined {
  if (after.disabledAtMs !== null && before.disabledAtMs === null) return 'credential-disabled';
  return mayWrite(before.roles) === mayWrite(after.roles) ? undefined : 'credential-changed';
}

function changed(before: Member, input: MemberInput, nowMs: number): Member {
  const isActive = input.active ?? before.disabledAtMs === null;
  return {
    ...before,
    user: { ...before.user, name: input.name ? checkedName(input.name) : before.user.name },
    roles: rolesFrom(before.roles, input),
    disabledAtMs: isActive ? null : (before.disabledAtMs ?? nowMs),
    revision: before.revision + 1,
  };
}

function authorizeChange(
  call: MemberCall,
  { before, after, input }: { before: Member; after: Member; input: MemberInput },
): void {
  const { accountId, userId } = before;
  const isNameOnly = input.active === undefined && input.roles === undefined;
  if (call.resource.hasOwnName && input.name !== undefined) {
    authorize(call.principal, 'user.rename', { accountId, ownerId: userId });
    if (isNameOnly) return;
  }
  authorizeMember(call, 'update', { userId, change: { from: before.roles, to: after.roles } });
}

/** In every account that they are in. */
async function rename(tx: StoreTransaction, call: MemberCall, { userId, user }: Member): Promise<void> {
  await refuseTakenName(tx, call, user.name);
  await tx.renameUser(userId, user.name);
}
