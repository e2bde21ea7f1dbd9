import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Credential } from '../domain/entities.ts';
import { hashSecret } from '../domain/secret.ts';
import type { Store } from '../domain/store.ts';
import { addPerson, openWorld, type Person, type World } from './control.testkit.ts';
import { issueCredential } from './issue-credential.ts';
import { revokeCredential } from './revoke-credential.ts';

let world: World;
let admin: Person;
beforeEach(async () => {
  world = await openWorld();
  admin = await addPerson(world.store, 'administrator');
});
afterEach(() => world.dispose());

const asIs = (credential: Credential) => ({ ...credential, isExpected: () => true });

async function adminPrincipal() {
  const principal = await world.store.findPrincipal('api_key', hashSecret(admin.key));
  if (!principal) throw new Error('the key is gone');
  return principal;
}

test('revokeCredential() tells the bus only after the commit, so that whoever hears of it finds it gone', async () => {
  const { credential } = await issueCredential(world.store, admin, { kind: 'authtoken', actor: null });
  const found: Promise<unknown>[] = [];
  const bus = { publish: () => void found.push(world.store.findCredential(credential)) };
  await revokeCredential({ store: world.store, bus }, await adminPrincipal(), asIs(credential));
  expect(await Promise.all(found)).toEqual([undefined]);
});

test('revokeCredential() tells nobody when the commit fails', async () => {
  const { credential } = await issueCredential(world.store, admin, { kind: 'authtoken', actor: null });
  const failure = new Error('disk');
  const store: Pick<Store, 'write'> = {
    write: (change) =>
      world.store.write(async (tx) => {
        await change(tx);
        throw failure;
      }),
  };
  const bus = { publish: () => expect.unreachable() };
  await expect(revokeCredential({ store, bus }, await adminPrincipal(), asIs(credential))).rejects.toBe(failure);
  expect(await world.store.findCredential(credential)).toEqual(credential);
});

test('revokeCredential() asked twice at once succeeds once', async () => {
  const { credential } = await issueCredential(world.store, admin, { kind: 'authtoken', actor: null });
  const principal = await adminPrincipal();
  const deps = { store: world.store, bus: { publish: () => undefined } };
  const outcomes = await Promise.allSettled([
    revokeCredential(deps, principal, asIs(credential)),
    revokeCredential(deps, principal, asIs(credential)),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
});
