import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashSecret } from '../domain/secret.ts';
import { openWorld, type World } from './control.testkit.ts';
import { firstRun } from './first-run.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.dispose());

test('firstRun() makes an administrator with an API key and an authtoken on an empty store, and says so in the audit log', async () => {
  const made = await firstRun(world.store);
  expect(made).toEqual({
    apiKey: expect.stringMatching(/^adit_ak_[\w-]{43}$/) as unknown,
    authtoken: expect.stringMatching(/^adit_at_[\w-]{43}$/) as unknown,
  });
  const admin = await world.store.findFirstAdministrator();
  const key = await world.store.findPrincipal('api_key', hashSecret(made?.apiKey ?? ''));
  const token = await world.store.findPrincipal('authtoken', hashSecret(made?.authtoken ?? ''));
  expect(key).toMatchObject({ ...admin, roles: { administrator: true }, credentialKind: 'api_key' });
  expect(token).toMatchObject({ ...admin, roles: { administrator: true }, credentialKind: 'authtoken' });
  const events = await world.store.listAudit(key?.accountId ?? 'ac_', 10);
  expect(events.map(({ action }) => action).reverse()).toEqual([
    'account.create',
    'user.create',
    'credential.create',
    'credential.create',
  ]);
  expect(events.every(({ actorUserId }) => actorUserId === null)).toBe(true);
});

test('firstRun() does nothing when there is an account, also when all its credentials are gone', async () => {
  const made = await firstRun(world.store);
  expect(await firstRun(world.store)).toBeNull();
  for (const kind of ['api_key', 'authtoken'] as const) {
    const secret = kind === 'api_key' ? made?.apiKey : made?.authtoken;
    const principal = await world.store.findPrincipal(kind, hashSecret(secret ?? ''));
    if (!principal) throw new Error('it is gone');
    const { accountId, credentialId } = principal;
    await world.store.write((tx) => tx.deleteCredential({ accountId, kind, id: credentialId }));
  }
  expect(await firstRun(world.store)).toBeNull();
});

test('firstRun() asked twice at once makes one account', async () => {
  const both = await Promise.all([firstRun(world.store), firstRun(world.store)]);
  expect(both.filter((made) => made !== null)).toHaveLength(1);
});
