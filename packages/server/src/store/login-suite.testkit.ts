// The part of the store's suite that is about what people log in with: see store-suite.testkit.ts.
import { newId } from '@adit/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import { usualRoles } from '../domain/roles.ts';
import { hashSecret } from '../domain/secret.ts';
import type { Store } from '../domain/store.ts';
import { addColleague, addMember, type Member } from './store-rows.testkit.ts';

/** @param suiteNowMs The time of the store's clock. */
export function loginSuite(subject: () => { store: Store; member: Member }, suiteNowMs: number): void {
  describe('what people log in with', () => {
    let store: Store;
    let member: Member;
    let userId: Member['user']['id'];
    beforeEach(() => {
      ({ store, member } = subject());
      userId = member.user.id;
    });
    const find = (user: string, account?: string) => store.findLogin({ user, account });
    const put = (hash: string, mustChange = false) => store.write((tx) => tx.putPassword(userId, { hash, mustChange }));
    const seed = Buffer.alloc(20, 9);

    test('is found by the names of one person, whether they have a password or not', async () => {
      expect(await find('admin')).toEqual({ userId, password: null });
      await put('$argon2id$x', true);
      const found = { userId, password: { hash: '$argon2id$x', mustChange: true, setAtMs: suiteNowMs } };
      const { id, name } = member.account;
      const names = [['admin'], ['admin', id], ['admin', name], [userId], [userId, id]] as const;
      for (const [user, account] of names)
        expect([user, account, await find(user, account)]).toEqual([user, account, found]);
      for (const [user, account] of [['Admin'], ['nobody'], ['admin', 'nowhere'], ['admin', userId]] as const) {
        expect(await find(user, account)).toBeUndefined();
      }
    });

    test('is nobody’s when the names are of several, or of a program', async () => {
      const other = await store.write((tx) => addMember(tx));
      expect([await find('admin'), await find('admin', 'default')]).toEqual([undefined, undefined]);
      expect(await find('admin', other.account.id)).toEqual({ userId: other.user.id, password: null });
      const bot = { id: newId('serviceUser', suiteNowMs), name: 'robot', createdAtMs: suiteNowMs };
      await store.write(async (tx) => {
        await tx.insertUser(bot);
        await tx.insertMembership({ accountId: member.account.id, userId: bot.id, roles: usualRoles.developer });
      });
      expect([await find('robot'), await find(bot.id)]).toEqual([undefined, undefined]);
    });

    test('is one person’s in all their accounts', async () => {
      const other = await store.write(async (tx) => {
        const made = await addMember(tx);
        await tx.insertMembership({ accountId: made.account.id, userId, roles: usualRoles.developer });
        return made;
      });
      await put('$argon2id$x');
      expect(await find(userId)).toMatchObject({ userId, password: { mustChange: false } });
      const memberships = await store.write((tx) => tx.listMemberships(userId));
      expect(memberships.map(({ accountId }) => accountId)).toEqual([member.account.id, other.account.id]);
    });

    test('a password replaces the one before', async () => {
      const read = () => store.write((tx) => tx.findPassword(userId));
      expect(await read()).toBeUndefined();
      await put('one', true);
      await put('two');
      expect(await read()).toEqual({ hash: 'two', mustChange: false, setAtMs: suiteNowMs });
      await put('three', true);
      await store.write((tx) => tx.rehashPassword(userId, 'three at another cost'));
      expect(await read()).toMatchObject({ hash: 'three at another cost', mustChange: true });
    });

    test('a seed is kept sealed, and counts once it is confirmed', async () => {
      const read = () => store.write((tx) => tx.readTotp(userId));
      expect(await read()).toBeUndefined();
      await store.write((tx) => tx.putTotp(userId, seed));
      expect(await read()).toEqual({ seed, confirmedAtMs: null });
      await store.write((tx) => tx.confirmTotp(userId));
      expect(await read()).toEqual({ seed, confirmedAtMs: suiteNowMs });
      await store.write((tx) => tx.putTotp(userId, seed));
      expect(await read()).toEqual({ seed, confirmedAtMs: null });
    });

    test('the code of a step is used once, and none of a step before it', async () => {
      const take = (step: number) => store.write((tx) => tx.takeTotpStep(userId, step));
      expect(await take(1)).toBe(false);
      await store.write((tx) => tx.putTotp(userId, seed));
      expect([await take(7), await take(7), await take(6), await take(8)]).toEqual([true, false, false, true]);
    });

    test('a recovery code is used once, by its user only', async () => {
      const colleague = await store.write((tx) => addColleague(tx, member));
      const [one, two, three] = ['one', 'two', 'three'].map(hashSecret) as [Uint8Array, Uint8Array, Uint8Array];
      const take = (hash: Uint8Array, user = userId) => store.write((tx) => tx.takeRecoveryCode(user, hash));
      await store.write((tx) => tx.putRecoveryCodes(userId, [one, two]));
      expect([await take(one, colleague.user.id), await take(one), await take(one)]).toEqual([false, true, false]);
      await store.write((tx) => tx.putRecoveryCodes(userId, [three]));
      expect([await take(two), await take(three)]).toEqual([false, true]);
    });

    test('a second factor goes with its recovery codes', async () => {
      const remove = () => store.write((tx) => tx.deleteSecondFactor(userId));
      await store.write((tx) => tx.putTotp(userId, seed));
      await store.write((tx) => tx.putRecoveryCodes(userId, [hashSecret('one')]));
      expect([await remove(), await remove()]).toEqual([true, false]);
      expect(await store.write((tx) => tx.readTotp(userId))).toBeUndefined();
      expect(await store.write((tx) => tx.takeRecoveryCode(userId, hashSecret('one')))).toBe(false);
    });

    test('is told of everybody to the operator', async () => {
      const colleague = await store.write((tx) => addColleague(tx, member));
      await put('one', true);
      await store.write((tx) => tx.putTotp(colleague.user.id, seed));
      const nothing = { hasPassword: false, mustChangePassword: false, hasSecondFactor: false };
      expect(await store.listLoginMethods()).toEqual([
        { ...nothing, userId, hasPassword: true, mustChangePassword: true },
        { ...nothing, userId: colleague.user.id },
      ]);
      await store.write((tx) => tx.confirmTotp(colleague.user.id));
      expect((await store.listLoginMethods())[1]).toEqual({
        ...nothing,
        userId: colleague.user.id,
        hasSecondFactor: true,
      });
    });

    test('goes with the person when they leave their last account', async () => {
      const other = await store.write(async (tx) => {
        const made = await addMember(tx);
        await tx.insertMembership({ accountId: made.account.id, userId, roles: usualRoles.developer });
        await tx.putPassword(userId, { hash: 'one', mustChange: false });
        await tx.putTotp(userId, seed);
        await tx.putRecoveryCodes(userId, [hashSecret('one')]);
        return made;
      });
      await store.write((tx) => tx.deleteMember({ accountId: member.account.id, userId }));
      expect(await find(userId)).toMatchObject({ password: { hash: 'one' } });
      await store.write((tx) => tx.deleteMember({ accountId: other.account.id, userId }));
      expect(await find(userId)).toBeUndefined();
      await store.write(async (tx) => {
        expect(await tx.findPassword(userId)).toBeUndefined();
        expect(await tx.readTotp(userId)).toBeUndefined();
        expect(await tx.takeRecoveryCode(userId, hashSecret('one'))).toBe(false);
      });
    });
  });
}
