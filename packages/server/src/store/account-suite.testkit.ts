// The part of the store's suite that is about accounts and what rests on them: see store-suite.testkit.ts.
import { type Id, newId } from '@adit/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Credential, CredentialKind, UserId } from '../domain/entities.ts';
import { type UsualRole, usualRoles } from '../domain/roles.ts';
import { hashSecret } from '../domain/secret.ts';
import type { MemberQuery, Store } from '../domain/store.ts';
import { addMember, type Member, makeCredential } from './store-rows.testkit.ts';

/** @param suiteNowMs The time of the store's clock. */
export function accountSuite(subject: () => { store: Store; member: Member }, suiteNowMs: number): void {
  async function add(kind: CredentialKind = 'authtoken', secret: string = crypto.randomUUID()): Promise<Credential> {
    const { store, member } = subject();
    const credential = makeCredential(member, kind);
    await store.write((tx) => tx.insertCredential(credential, hashSecret(secret)));
    return credential;
  }

  describe('accounts', () => {
    let store: Store;
    let member: Member;
    beforeEach(() => {
      ({ store, member } = subject());
    });
    const audit = (accountId: Id<'account'>) => ({
      accountId,
      actor: null,
      action: 'a.b',
      resourceId: 'x',
      details: {},
    });
    const suspend = (at: number | null) => store.write((tx) => tx.setSuspended(member.account.id, at));

    test('are found by id and by name, all that have it', async () => {
      const other = await store.write((tx) => addMember(tx));
      const ids = async (nameOrId: string) => (await store.findAccounts(nameOrId)).map(({ id }) => id);
      expect(await ids('default')).toEqual([member.account.id, other.account.id]);
      expect(await ids(other.account.id)).toEqual([other.account.id]);
      expect(await ids('Default')).toEqual([]);
      expect(await store.write((tx) => tx.findAccounts('default'))).toHaveLength(2);
    });

    test('are listed with how much is in each, oldest first', async () => {
      await add();
      await add('api_key');
      const other = await store.write(async (tx) => {
        const made = await addMember(tx);
        await tx.appendAudit(audit(made.account.id));
        await tx.insertMembership({ accountId: made.account.id, userId: member.user.id, roles: usualRoles.developer });
        return made;
      });
      const empty = { id: newId('account', suiteNowMs), name: 'empty', createdAtMs: suiteNowMs };
      await store.write((tx) => tx.insertAccount(empty));
      const expected = [
        { ...member.account, suspendedAtMs: null, revision: 1, userCount: 1, credentialCount: 2, auditRecordCount: 0 },
        { ...other.account, suspendedAtMs: null, revision: 1, userCount: 2, credentialCount: 0, auditRecordCount: 1 },
        { ...empty, suspendedAtMs: null, revision: 1, userCount: 0, credentialCount: 0, auditRecordCount: 0 },
      ];
      expect(await store.listAccounts()).toEqual(expected);
      expect(await store.write((tx) => tx.listAccounts())).toEqual(expected);
    });

    test('have members, who may be in several', async () => {
      const other = await store.write(async (tx) => {
        const made = await addMember(tx, 'developer');
        await tx.insertMembership({ accountId: made.account.id, userId: member.user.id, roles: usualRoles.developer });
        return made;
      });
      const row = ({ account }: Member, { user }: Member, role: UsualRole) => ({
        ...{ accountId: account.id, accountName: account.name, userId: user.id, roles: usualRoles[role], user },
        ...{ disabledAtMs: null, revision: 1 },
      });
      const all = [
        row(member, member, 'administrator'),
        row(other, member, 'developer'),
        row(other, other, 'developer'),
      ];
      expect(await store.listMembers()).toEqual(all);
      expect(await store.listMembers(other.account.id)).toEqual(all.slice(1));
      expect(await store.write((tx) => tx.listMembers(member.account.id))).toEqual(all.slice(0, 1));
    });

    test('have members who are found, changed and counted, in this account only', async () => {
      const key = { accountId: member.account.id, userId: member.user.id };
      const other = await store.write((tx) => addMember(tx));
      expect(await store.findMember({ ...key, accountId: other.account.id })).toBeUndefined();
      const roles = { administrator: false, developer: 'read_only', team: 'invite_only' } as const;
      await store.write(async (tx) => {
        expect(await tx.findMember(key)).toMatchObject({ roles: usualRoles.administrator, disabledAtMs: null });
        expect(await tx.countOtherAdministrators(key)).toBe(0);
        expect(await tx.countOtherAdministrators({ ...key, userId: other.user.id })).toBe(1);
        expect(await tx.countMembers({ ...key, idPrefix: 'usr' })).toBe(1);
        expect(await tx.countMembers({ ...key, idPrefix: 'bot' })).toBe(0);
        expect(await tx.hasMemberNamed(key.accountId, 'admin')).toBe(true);
        await tx.renameUser(key.userId, 'Zoë');
        expect(await tx.hasMemberNamed(key.accountId, 'admin')).toBe(false);
        await tx.updateMember({ ...key, roles, disabledAtMs: 7, revision: 2 });
      });
      const found = await store.findMember(key);
      expect(found).toMatchObject({ roles, disabledAtMs: 7, revision: 2, user: { name: 'Zoë' } });
      expect(await store.findMember({ accountId: other.account.id, userId: other.user.id })).toMatchObject({
        ...{ roles: usualRoles.administrator, disabledAtMs: null, revision: 1, user: { name: 'admin' } },
      });
    });

    test('count as administrators neither who is disabled nor a program', async () => {
      const key = { accountId: member.account.id, userId: member.user.id };
      await store.write(async (tx) => {
        for (const kind of ['user', 'serviceUser'] as const) {
          const user = { id: newId(kind, tx.nowMs), name: kind, createdAtMs: tx.nowMs };
          await tx.insertUser(user);
          const membership = { accountId: key.accountId, userId: user.id, roles: usualRoles.administrator };
          await tx.insertMembership({ ...membership, disabledAtMs: kind === 'user' ? 1 : null });
        }
        expect(await tx.countOtherAdministrators(key)).toBe(0);
      });
    });

    test('have their members by page, people and programs apart, newest first', async () => {
      const made = await store.write(async (tx) => {
        const ids: UserId[] = [];
        for (const kind of ['user', 'serviceUser', 'user'] as const) {
          const user = { id: newId(kind, tx.nowMs), name: kind, createdAtMs: tx.nowMs };
          await tx.insertUser(user);
          await tx.insertMembership({ ...{ accountId: member.account.id, userId: user.id }, roles: usualRoles.viewer });
          ids.push(user.id);
        }
        return ids;
      });
      const [first, robot, second] = made;
      const page = async (query: Omit<MemberQuery, 'accountId'>) =>
        (await store.pageMembers({ accountId: member.account.id, ...query })).map(({ userId }) => userId);
      expect(await page({ idPrefix: 'usr', limit: 2 })).toEqual([second, first]);
      expect(await page({ idPrefix: 'usr', limit: 2, beforeId: first })).toEqual([member.user.id]);
      expect(await page({ idPrefix: 'bot', limit: 2 })).toEqual([robot]);
    });

    test('whose owner is disabled: 9115 for both kinds of credentials, and they are lost until that ends', async () => {
      const credential = await add('authtoken', 'token');
      await add('api_key', 'key');
      const disable = (disabledAtMs: number | null) =>
        store.write(async (tx) => {
          const found = await tx.findMember({ accountId: member.account.id, userId: member.user.id });
          if (found) await tx.updateMember({ ...found, disabledAtMs });
        });
      await disable(1);
      await expect(store.findPrincipal('authtoken', hashSecret('token'))).rejects.toMatchObject({ code: 9115 });
      await expect(store.findPrincipal('api_key', hashSecret('key'))).rejects.toMatchObject({ code: 9115 });
      const live = { accountId: member.account.id, credentialId: credential.id, acl: [], isWriters: true };
      expect(await store.findLost([live])).toEqual([{ ...live, reason: 'disabled' }]);
      await disable(null);
      expect(await store.findPrincipal('authtoken', hashSecret('token'))).toBeDefined();
      expect(await store.findLost([live])).toEqual([]);
    });

    test('lose a member with the credentials of that account, and the user when that was the only one', async () => {
      await add('authtoken', 'here');
      const other = await store.write(async (tx) => {
        const made = await addMember(tx);
        await tx.insertMembership({
          ...{ accountId: made.account.id, userId: member.user.id },
          roles: usualRoles.developer,
        });
        await tx.insertCredential(makeCredential({ ...made, user: member.user }), hashSecret('there'));
        return made;
      });
      const leave = (accountId: Id<'account'>) =>
        store.write((tx) => tx.deleteMember({ accountId, userId: member.user.id }));
      await leave(member.account.id);
      expect(await store.findPrincipal('authtoken', hashSecret('here'))).toBeUndefined();
      expect(await store.findPrincipal('authtoken', hashSecret('there'))).toMatchObject({ userId: member.user.id });
      await leave(other.account.id);
      expect((await store.listMembers()).map(({ userId }) => userId)).toEqual([other.user.id]);
      // The id is free: the user is gone.
      await store.write((tx) => tx.insertUser(member.user));
    });

    test('that are suspended let nobody in: 103 for authtokens, 205 for API keys; until they are resumed', async () => {
      await add('authtoken', 'token');
      await add('api_key', 'key');
      await suspend(suiteNowMs);
      expect((await store.findAccount(member.account.id))?.suspendedAtMs).toBe(suiteNowMs);
      expect((await store.write((tx) => tx.findAccount(member.account.id)))?.suspendedAtMs).toBe(suiteNowMs);
      await expect(store.findPrincipal('authtoken', hashSecret('token'))).rejects.toMatchObject({ code: 103 });
      await expect(store.findPrincipal('api_key', hashSecret('key'))).rejects.toMatchObject({ code: 205 });
      expect(await store.findPrincipal('authtoken', hashSecret('another'))).toBeUndefined();
      await suspend(null);
      expect(await store.findPrincipal('authtoken', hashSecret('token'))).toBeDefined();
    });

    test('that are suspended leave the others as they are', async () => {
      const other = await store.write((tx) => addMember(tx));
      await store.write((tx) => tx.insertCredential(makeCredential(other), hashSecret('other')));
      await suspend(suiteNowMs);
      expect(await store.findPrincipal('authtoken', hashSecret('other'))).toBeDefined();
    });

    test('that are deleted take all that is theirs along, and nothing else', async () => {
      await add('authtoken', 'ours');
      const other = await store.write(async (tx) => {
        const made = await addMember(tx);
        await tx.insertMembership({ accountId: member.account.id, userId: made.user.id, roles: usualRoles.developer });
        await tx.insertCredential(makeCredential(made), hashSecret('theirs'));
        for (const { account } of [made, member]) await tx.appendAudit(audit(account.id));
        return made;
      });
      await store.write((tx) => tx.deleteAccount(member.account.id, { by: 'test' }));
      expect((await store.listAccounts()).map(({ id }) => id)).toEqual([other.account.id]);
      expect((await store.listMembers()).map(({ userId }) => userId)).toEqual([other.user.id]);
      expect(await store.findPrincipal('authtoken', hashSecret('ours'))).toBeUndefined();
      expect(await store.findPrincipal('authtoken', hashSecret('theirs'))).toBeDefined();
      expect(await store.listAudit(member.account.id, 10)).toEqual([]);
      expect(await store.listAudit(other.account.id, 10)).toHaveLength(1);
      expect(await store.listDeletedAccounts()).toEqual([
        { id: member.account.id, deletedAtMs: suiteNowMs, details: { by: 'test' } },
      ]);
      // The user who was in no other account is gone as well: the id is free.
      await store.write((tx) => tx.insertUser(member.user));
    });
  });

  describe('findLost()', () => {
    let store: Store;
    let member: Member;
    beforeEach(() => {
      ({ store, member } = subject());
    });
    test('answers the credentials that open nothing any more, and why', async () => {
      const [kept, revoked] = [await add(), await add()];
      const other = await store.write((tx) => addMember(tx));
      const suspended = makeCredential(other, 'api_key');
      await store.write(async (tx) => {
        await tx.insertCredential(suspended, hashSecret('suspended'));
        await tx.deleteCredential(revoked);
        await tx.setSuspended(other.account.id, suiteNowMs);
      });
      const isWriters = true;
      const key = ({ accountId, id: credentialId, acl }: Credential) => ({ accountId, credentialId, acl, isWriters });
      expect(await store.findLost([key(kept), key(revoked), key(suspended)])).toEqual([
        { ...key(revoked), reason: 'revoked' },
        { ...key(suspended), reason: 'suspended' },
      ]);
      // Under another account it is nobody's.
      const foreign = { accountId: other.account.id, credentialId: kept.id, acl: [], isWriters };
      expect(await store.findLost([foreign])).toEqual([{ ...foreign, reason: 'revoked' }]);
      expect(await store.findLost([])).toEqual([]);
      const wider = { ...key(kept), acl: ['bind:a.example'] };
      expect(await store.findLost([wider])).toEqual([{ ...wider, reason: 'changed' }]);
      const readers = { ...key(kept), isWriters: false };
      expect(await store.findLost([readers])).toEqual([{ ...readers, reason: 'changed' }]);
    });

    test('takes any number at once', async () => {
      const kept = await add();
      const accountId = member.account.id;
      const many = Array.from({ length: 1_200 }, () => ({
        ...{ accountId, credentialId: newId('credential', 0), acl: [], isWriters: true },
      }));
      const lost = await store.findLost([...many, { accountId, credentialId: kept.id, acl: [], isWriters: true }]);
      expect(lost.map(({ credentialId }) => credentialId)).toEqual(many.map(({ credentialId }) => credentialId));
    });
  });
}
