import { newId } from '@adit/contracts';
import { usualRoles } from '../domain/roles.ts';
import type { Store } from '../domain/store.ts';
import { issueWithin } from './issue-credential.ts';

/** What the first run made. The secrets are in no other place: show them, then forget them. */
export interface FirstRun {
  readonly apiKey: string;
  readonly authtoken: string;
}

/**
 * On an empty store: the account "default" with the administrator "admin", an API key and an authtoken of theirs, all in
 * one transaction with the audit records. Null when there is an account already.
 */
export function firstRun(store: Pick<Store, 'write'>): Promise<FirstRun | null> {
  return store.write(async (tx) => {
    if (!(await tx.isEmpty())) return null;
    const account = { id: newId('account', tx.nowMs), name: 'default', createdAtMs: tx.nowMs };
    const user = { id: newId('user', tx.nowMs), name: 'admin', createdAtMs: tx.nowMs };
    const owner = { accountId: account.id, userId: user.id };
    const roles = usualRoles.administrator;
    await tx.insertAccount(account);
    await tx.insertUser(user);
    await tx.insertMembership({ ...owner, roles });
    const record = { accountId: account.id, actor: null };
    await tx.appendAudit({ ...record, action: 'account.create', resourceId: account.id, details: {} });
    await tx.appendAudit({ ...record, action: 'user.create', resourceId: user.id, details: { ...roles } });
    const issue = (kind: 'api_key' | 'authtoken') =>
      issueWithin(tx, owner, { kind, description: 'Made by the first start', actor: null });
    const apiKey = await issue('api_key');
    const authtoken = await issue('authtoken');
    return { apiKey: apiKey.secret, authtoken: authtoken.secret };
  });
}
