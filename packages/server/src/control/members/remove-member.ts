import {
  auditMember,
  authorizeMember,
  changeMember,
  keepAdministrator,
  type MemberCall,
  type MemberTarget,
  noticesAbout,
} from './member-call.ts';

/**
 * Takes somebody out of the account: their credentials there are revoked, and what those let in is cut off. What they made and
 * did stays.
 *
 * @throws {AditError} 9101: there is none. 9100: not allowed. 9106: not as expected. 9114: nobody would be left to administrate
 *   the account. 203: the caller's key was revoked meanwhile.
 */
export async function removeMember(call: MemberCall, target: MemberTarget): Promise<void> {
  await changeMember(call, target, async (tx, member) => {
    authorizeMember(call, 'delete', { userId: member.userId, change: { from: member.roles, to: null } });
    await keepAdministrator(tx, member, null);
    const notices = await noticesAbout(tx, member, 'credential-revoked');
    await tx.deleteMember(member);
    await auditMember(tx, call, { verb: 'delete', member });
    return { member, notices };
  });
}
