import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Principal } from '../../domain/principal.ts';
import { hashSecret } from '../../domain/secret.ts';
import { addPerson, openWorld, type World } from '../control.testkit.ts';
import { cheapCost, patientThrottle } from './login.testkit.ts';
import { setLogin } from './login-state.testkit.ts';
import { beginTotp, changePassword } from './own-login.ts';
import { Passwords } from './passwords.ts';

const password = 'three words together';
let world: World;
let principal: Principal;
beforeEach(async () => {
  world = await openWorld();
  const { key, userId } = await addPerson(world.store, 'developer');
  await setLogin(world.store, userId, { password: { text: password } });
  const found = await world.store.findPrincipal('api_key', hashSecret(key));
  if (!found) throw new Error('There is nobody with that key');
  principal = found;
});
afterEach(() => world.dispose());

/** Finds a password right, and then the operator replaces it. */
class Overtaken extends Passwords {
  override async isRight(hash: string | undefined, text: string): Promise<boolean> {
    const isRight = await super.isRight(hash, text);
    world.clock.advance(1);
    await setLogin(world.store, principal.userId, { password: { text: 'of the operator', mustChange: true } });
    return isRight;
  }
}

test.each<[string, (deps: Parameters<typeof changePassword>[0]) => Promise<unknown>]>([
  ['the password', (deps) => changePassword(deps, principal, { current: password, next: 'other words together' })],
  ['the second factor', (deps) => beginTotp(deps, principal, password)],
])('who knows only the password that was replaced meanwhile does not change %s', async (_, change) => {
  const passwords = new Overtaken(undefined, cheapCost);
  const deps = { store: world.store, passwords, throttle: patientThrottle(world.clock) };
  await expect(change(deps)).rejects.toMatchObject({ code: 9140 });
  const { userId } = principal;
  const kept = await world.store.write(async (tx) => [await tx.findPassword(userId), await tx.readTotp(userId)]);
  expect(kept).toEqual([expect.objectContaining({ mustChange: true }), undefined]);
});
