import { newId } from '@adit/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { usualRoles } from '../../domain/roles.ts';
import { hashSecret } from '../../domain/secret.ts';
import { openWorld, type World } from '../control.testkit.ts';
import { createAccount } from './create-account.ts';
import { createKey } from './create-key.ts';
import { createUser } from './create-user.ts';
import { deleteAccount, planDeletion } from './delete-account.ts';
import { eraseUser } from './erase-user.ts';
import { resetMfa, resetPassword } from './reset-login.ts';
import { suspendAccount } from './suspend-account.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.dispose());

const make = (name: string) => createAccount(world.store, { name, administrator: 'admin' });
const key = (account: string, user?: string) =>
  createKey(world.store, { kind: 'authtoken', account, user, description: 'laptop' });

async function auditOf(accountId: Awaited<ReturnType<typeof make>>['accountId']) {
  const records = await world.store.listAudit(accountId, 10);
  return records.map(({ action, actorUserId, details }) => [action, actorUserId, details['by']]).reverse();
}

test('createAccount() makes an account with an administrator; names are unique, whitespace apart', async () => {
  const made = await make(' acme ');
  expect(made).toMatchObject({ accountName: 'acme', roles: { administrator: true }, user: { name: 'admin' } });
  expect(await world.store.listMembers()).toEqual([made]);
  await expect(make('acme')).rejects.toMatchObject({
    code: 9122,
    message: 'Cannot create the account "acme": there is one of that name',
  });
  await make('Acme');
});

test('every change writes an audit record that says it was the operator', async () => {
  const { accountId } = await make('acme');
  await createUser(world.store, { nameOrId: 'zoe', account: 'acme', role: 'developer' });
  await key('acme', 'zoe');
  await suspendAccount(world.store, 'acme', { isSuspended: true });
  await suspendAccount(world.store, 'acme', { isSuspended: true });
  await suspendAccount(world.store, 'acme', { isSuspended: false });
  const by = "the operator's command";
  const actions = [
    ...['account.create', 'user.create', 'user.create', 'credential.create'],
    ...['account.suspend', 'account.resume'],
  ];
  expect(await auditOf(accountId)).toEqual(actions.map((action) => [action, null, by]));
});

test('createUser() adds a user who is in another account by id, but nobody twice', async () => {
  await make('acme');
  await make('other');
  const zoe = await createUser(world.store, { nameOrId: 'zoe', account: 'acme', role: 'developer' });
  const added = await createUser(world.store, { nameOrId: zoe.userId, account: 'other', role: 'administrator' });
  expect(added).toMatchObject({ userId: zoe.userId, accountName: 'other', roles: { administrator: true } });
  for (const nameOrId of ['zoe', zoe.userId]) {
    await expect(createUser(world.store, { nameOrId, account: 'other', role: 'developer' })).rejects.toMatchObject({
      code: 9122,
    });
  }
  await expect(
    createUser(world.store, { nameOrId: newId('user', 0), account: 'acme', role: 'developer' }),
  ).rejects.toMatchObject({ code: 9121 });
});

test('createKey() makes a secret that proves its user, who must be told where there are several', async () => {
  const { accountId, userId } = await make('acme');
  const { secret } = await key('acme');
  expect(await world.store.findPrincipal('authtoken', hashSecret(secret))).toMatchObject({ accountId, userId });
  await createUser(world.store, { nameOrId: 'zoe', account: 'acme', role: 'developer' });
  await expect(key('acme')).rejects.toMatchObject({ code: 9123 });
  expect((await key(accountId, 'zoe')).owner.user.name).toBe('zoe');
  await expect(key('acme', 'nobody')).rejects.toMatchObject({ code: 9121 });
  await expect(key('nobody')).rejects.toMatchObject({
    code: 9121,
    message: 'Cannot find an account "nobody": there is none',
  });
});

test('deleteAccount() answers what went and leaves a note without names; the last account stays', async () => {
  const { accountId } = await make('acme');
  await expect(planDeletion(world.store, 'acme')).rejects.toMatchObject({ code: 9124 });
  await make('other');
  const { secret } = await key('acme');
  const plan = await planDeletion(world.store, 'acme');
  expect(plan).toMatchObject({ id: accountId, userCount: 1, credentialCount: 1, auditRecordCount: 3 });
  expect(await deleteAccount(world.store, accountId)).toEqual(plan);
  expect(await world.store.findPrincipal('authtoken', hashSecret(secret))).toBeUndefined();
  const [note] = await world.store.listDeletedAccounts();
  expect(note).toMatchObject({ id: accountId, details: { credentialCount: 1, by: "the operator's command" } });
  expect(JSON.stringify(note)).not.toContain('acme');
  await expect(deleteAccount(world.store, accountId)).rejects.toMatchObject({ code: 9121 });
  // Its name is free; what is made under it is another account.
  expect((await make('acme')).accountId).not.toBe(accountId);
});

test('eraseUser() takes a person out of the account and of its log, also one who had left it', async () => {
  const { accountId } = await make('acme');
  const other = await make('other');
  const zoe = await createUser(world.store, { nameOrId: 'zoe', account: 'acme', role: 'developer' });
  await createUser(world.store, { nameOrId: zoe.userId, account: 'other', role: 'developer' });
  const { secret } = await key('acme', 'zoe');
  const principal = await world.store.findPrincipal('authtoken', hashSecret(secret));
  const act = {
    accountId,
    actor: principal ?? expect.fail(),
    action: 'endpoint.stop',
    resourceId: zoe.userId,
    details: {},
  };
  await world.store.write((tx) => tx.appendAudit(act));

  expect(await eraseUser(world.store, { nameOrId: 'zoe', account: 'acme' })).toEqual({
    ...{ userId: zoe.userId, name: 'zoe', accountName: 'acme' },
  });
  const [erased, deed] = await world.store.listAudit(accountId, 2);
  expect(erased).toMatchObject({ action: 'user.erase', resourceId: zoe.userId });
  expect(deed).toMatchObject({ action: 'endpoint.stop', actorState: 'erased', actorUserId: null });
  expect(await world.store.findPrincipal('authtoken', hashSecret(secret))).toBeUndefined();
  const left = (await world.store.listMembers()).filter(({ userId }) => userId === zoe.userId);
  expect(left.map((one) => one.accountId)).toEqual([other.accountId]);
  await expect(eraseUser(world.store, { nameOrId: zoe.userId, account: 'acme' })).rejects.toMatchObject({ code: 9121 });

  const mia = await createUser(world.store, { nameOrId: 'mia', account: 'acme', role: 'developer' });
  await world.store.write(async (tx) => {
    await tx.appendAudit({ ...act, actor: { ...act.actor, userId: mia.userId } });
    await tx.deleteMember(mia);
  });
  expect(await eraseUser(world.store, { nameOrId: mia.userId, account: 'acme' })).toMatchObject({ name: null });
});

test('eraseUser() leaves the account one who administrates it', async () => {
  await make('acme');
  await expect(eraseUser(world.store, { nameOrId: 'admin', account: 'acme' })).rejects.toMatchObject({ code: 9114 });
  await expect(eraseUser(world.store, { nameOrId: 'nobody', account: 'acme' })).rejects.toMatchObject({ code: 9121 });
});

test('resetPassword() and resetMfa() are written down in every account that the person is in', async () => {
  const { accountId } = await make('acme');
  const other = await make('other');
  const { userId } = await createUser(world.store, { nameOrId: 'zoe', account: 'acme', role: 'developer' });
  await createUser(world.store, { nameOrId: userId, account: 'other', role: 'developer' });
  const whom = { nameOrId: 'zoe', account: 'acme' };
  const { password } = await resetPassword(world.store, whom);
  expect(password).toMatch(/^[a-z2-7]{4}(?:-[a-z2-7]{4}){3}$/);
  expect((await resetPassword(world.store, whom)).password).not.toBe(password);
  expect(await world.store.findLogin({ user: 'zoe', account: 'acme' })).toMatchObject({
    password: { mustChange: true },
  });
  await expect(resetMfa(world.store, whom)).rejects.toMatchObject({ code: 9147 });
  await world.store.write((tx) => tx.putTotp(userId, Buffer.alloc(20)));
  await resetMfa(world.store, whom);
  const [by, reset] = ["the operator's command", ['user.reset_password', null]];
  const expected = [
    [...reset, by],
    [...reset, by],
    ['user.reset_mfa', null, by],
  ];
  for (const id of [accountId, other.accountId]) expect((await auditOf(id)).slice(-3)).toEqual(expected);
  expect(JSON.stringify(await world.store.listAudit(accountId, 10))).not.toContain(password);
});

test('resetPassword() refuses programs, and who is not there', async () => {
  const { accountId } = await make('acme');
  const bot = { id: newId('serviceUser', 0), name: 'robot', createdAtMs: 0 };
  await world.store.write(async (tx) => {
    await tx.insertUser(bot);
    await tx.insertMembership({ accountId, userId: bot.id, roles: usualRoles.developer });
  });
  for (const nameOrId of ['robot', 'nobody']) {
    await expect(resetPassword(world.store, { nameOrId, account: 'acme' })).rejects.toMatchObject({ code: 9121 });
  }
});
