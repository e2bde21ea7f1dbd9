import { AditError, type Id, newId } from '@adit/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { usualRoles } from '../../domain/roles.ts';
import { hashSecret } from '../../domain/secret.ts';
import { addPerson, openWorld, type Person, type World } from '../control.testkit.ts';
import { cheapCost, cheapPasswords } from './login.testkit.ts';
import { LoginThrottle } from './login-throttle.ts';
import { Passwords } from './passwords.ts';
import { type LoginClaim, provePerson } from './prove-person.ts';
import { codeOf, newSeed, stepAt } from './totp.ts';

const password = 'three words together';
let world: World;
let zoe: Person;
let entered: string[];
beforeEach(async () => {
  world = await openWorld();
  zoe = await addPerson(world.store, 'developer');
  entered = [];
  await setPassword();
});
afterEach(() => world.dispose());

async function setPassword({ mustChange = false, passwords = cheapPasswords() } = {}): Promise<void> {
  const hash = await passwords.hash(password);
  await world.store.write((tx) => tx.putPassword(zoe.userId, { hash, mustChange }));
}

/** Confirmed, with one recovery code. */
async function setSecondFactor(recoveryCode = 'aaaabbbbccccdddd'): Promise<Uint8Array> {
  const seed = newSeed();
  await world.store.write(async (tx) => {
    await tx.putTotp(zoe.userId, seed);
    await tx.confirmTotp(zoe.userId);
    await tx.putRecoveryCodes(zoe.userId, [hashSecret(recoveryCode)]);
  });
  return seed;
}

/** `in`, or the code of the error. */
async function prove(claim: Partial<LoginClaim> = {}, passwords = cheapPasswords()): Promise<unknown> {
  const parts = { store: world.store, passwords, throttle: new LoginThrottle(world.clock) };
  const usual = { user: zoe.userId, account: undefined, password, code: undefined, newPassword: undefined };
  try {
    return await provePerson(parts, { ...usual, clientAddress: '192.0.2.1', ...claim }, async (_tx, member) => {
      entered.push(member.accountId);
      const credential = { credentialId: newId('credential', 0), credentialKind: 'authtoken', acl: [] } as const;
      return { result: 'in', principal: { ...member, ...credential, clientAddress: '192.0.2.1' } };
    });
  } catch (error) {
    if (error instanceof AditError) return error.code;
    throw error;
  }
}

const actions = async (accountId: Id<'account'> = zoe.accountId) =>
  (await world.store.listAudit(accountId, 10)).map(({ action, actorUserId, details }) => [
    action,
    actorUserId,
    details,
  ]);

test('who knows name and password is let in, once for each time, and the log says so', async () => {
  const { name } = (await world.store.listMembers())[0]?.user ?? { name: '' };
  expect([await prove(), await prove({ user: name, account: 'an account' })]).toEqual(['in', 'in']);
  expect(entered).toEqual([zoe.accountId, zoe.accountId]);
  const record = ['user.login', zoe.userId, { secondFactor: 'none' }];
  expect((await actions()).slice(0, 2)).toEqual([record, record]);
});

test.each<[string, Partial<LoginClaim>]>([
  ['a wrong password', { password: `${password} ` }],
  ['no password', { password: '' }],
  ['a wrong name', { user: 'nobody' }],
  ['an id of nobody', { user: 'usr_0' }],
  ['another account', { account: 'default' }],
])('%s is refused, as everything that is wrong, and leaves nothing', async (_, claim) => {
  const before = await actions();
  expect(await prove(claim)).toBe(9140);
  expect([entered, await actions()]).toEqual([[], before]);
});

test('a name without a password costs one hash, as a name with one and no name at all', async () => {
  const ada = await addPerson(world.store, 'administrator');
  const checked: (string | undefined)[] = [];
  class Counted extends Passwords {
    override isRight(hash: string | undefined, text: string): Promise<boolean> {
      checked.push(hash);
      return super.isRight(hash, text);
    }
  }
  const counted = new Counted(undefined, cheapCost);
  for (const user of [ada.userId, zoe.userId, 'nobody'])
    expect(await prove({ user, password: 'wrong' }, counted)).toBe(9140);
  expect(checked).toEqual([undefined, expect.stringContaining('$argon2id$'), undefined]);
});

test('a password that somebody else chose opens nothing but its own change', async () => {
  await setPassword({ mustChange: true });
  expect([await prove({ password: 'wrong' }), await prove()]).toEqual([9140, 9143]);
  expect([await prove({ newPassword: password }), await prove({ newPassword: 'short' })]).toEqual([9144, 9144]);
  expect(entered).toEqual([]);
  const newPassword = 'other words together';
  expect([await prove({ newPassword }), await prove(), await prove({ password: newPassword })]).toEqual([
    'in',
    9140,
    'in',
  ]);
  expect((await actions()).slice(1, 3)).toEqual([
    ['user.change_password', zoe.userId, {}],
    ['user.login', zoe.userId, { secondFactor: 'none' }],
  ]);
});

test('a second factor is asked for when the password was right, and each code is good once', async () => {
  const seed = await setSecondFactor();
  const code = () => codeOf(seed, stepAt(world.clock.timeOfDay()));
  expect([await prove({ password: 'wrong' }), await prove({ code: '000000' }), await prove()]).toEqual([
    9140, 9140, 9141,
  ]);
  const first = code();
  expect([await prove({ code: first, password: 'wrong' }), await prove({ code: first })]).toEqual([9140, 'in']);
  expect(await prove({ code: first })).toBe(9140);
  world.clock.advance(30_000);
  expect([await prove({ code: first }), await prove({ code: code() })]).toEqual([9140, 'in']);
  expect((await actions())[0]).toEqual(['user.login', zoe.userId, { secondFactor: 'totp' }]);
});

test('a code that a refused login showed is not used up', async () => {
  const seed = await setSecondFactor();
  await setPassword({ mustChange: true });
  const code = codeOf(seed, stepAt(world.clock.timeOfDay()));
  expect(await prove({ code })).toBe(9143);
  expect(await prove({ code, newPassword: 'other words together' })).toBe('in');
});

test('a recovery code is good once, however it is typed', async () => {
  await setSecondFactor('aaaabbbbccccdddd');
  const code = 'AAAA bbbb-CCCC-dddd';
  expect([await prove({ code: 'aaaabbbbccccddde' }), await prove({ code }), await prove({ code })]).toEqual([
    9140,
    'in',
    9140,
  ]);
  expect((await actions())[0]).toEqual(['user.login', zoe.userId, { secondFactor: 'recovery_code' }]);
});

test('a seed that was never confirmed asks nobody for a code', async () => {
  await world.store.write((tx) => tx.putTotp(zoe.userId, newSeed()));
  expect(await prove()).toBe('in');
});

test('suspended and disabled are told to who knows the password, to nobody else', async () => {
  const { accountId, userId, roles } = zoe;
  await world.store.write((tx) => tx.updateMember({ accountId, userId, roles, disabledAtMs: 1, revision: 2 }));
  expect([await prove({ password: 'wrong' }), await prove()]).toEqual([9140, 9115]);
  await world.store.write((tx) => tx.setSuspended(accountId, 1));
  expect([await prove({ password: 'wrong' }), await prove()]).toEqual([9140, 205]);
  expect(entered).toEqual([]);
});

test('who is in several accounts says which; a new password stands in the log of each', async () => {
  const other = await addPerson(world.store, 'administrator');
  const { userId } = zoe;
  await world.store.write((tx) => tx.insertMembership({ ...other, userId, roles: usualRoles.viewer }));
  expect([await prove({ password: 'wrong' }), await prove()]).toEqual([9140, 9142]);
  expect(await prove({ account: other.accountId, newPassword: 'other words together' })).toBe('in');
  expect(entered).toEqual([other.accountId]);
  expect((await actions())[0]).toEqual([
    ...['user.change_password', null],
    { by: 'the user, through another account' },
  ]);
  expect((await actions(other.accountId))[0]).toEqual(['user.change_password', userId, {}]);
});

test('a password hashed at another cost is hashed anew when it is known', async () => {
  const dearer = new Passwords(undefined, { ...cheapCost, passes: 2 });
  const hashOf = async () => (await world.store.findLogin({ user: zoe.userId, account: undefined }))?.password?.hash;
  const before = await hashOf();
  expect([await prove({ password: 'wrong' }, dearer), await hashOf()]).toEqual([9140, before]);
  expect([await prove({}, dearer), await hashOf()]).toEqual(['in', expect.stringContaining('$m=8,t=2,p=1$')]);
  const after = await hashOf();
  expect([await prove({}, dearer), await hashOf()]).toEqual(['in', after]);
});

test('a password that was replaced while it was checked lets nobody in', async () => {
  class Slow extends Passwords {
    override async isRight(hash: string | undefined, text: string): Promise<boolean> {
      const isRight = await super.isRight(hash, text);
      world.clock.advance(1);
      await setPassword({ mustChange: true });
      return isRight;
    }
  }
  expect(await prove({ newPassword: 'other words together' }, new Slow(undefined, cheapCost))).toBe(9140);
});
