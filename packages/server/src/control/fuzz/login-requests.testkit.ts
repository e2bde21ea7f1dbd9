import type { Person, World } from '../control.testkit.ts';
import { setLogin, testCode } from '../login/login-state.testkit.ts';
import { secretText } from './odd-json.testkit.ts';

/** As `markSecrets` makes of it. */
const password = 'three words together';
const marked = { text: `${secretText} ${password}` };

type Target = { readonly caller: Person; readonly store: World['store'] };
type Members = (target: Target) => Promise<object>;

/** By the store's clock, which need not be the world's. */
const code = async ({ store }: Target) => testCode(await store.write(async (tx) => tx.nowMs));

/** Members of a usual body, once the caller has what it is about: what was changed or used before is as it was. */
const membersBy: Readonly<Record<string, Members>> = {
  async 'post /login'(target) {
    await setLogin(target.store, target.caller.userId, { password: marked, totp: 'confirmed' });
    return { account: target.caller.accountId, user: target.caller.userId, password, code: await code(target) };
  },
  async 'put /users/{id}/password'({ store, caller }) {
    await setLogin(store, caller.userId, { password: marked });
    return { current_password: password, new_password: 'other words together' };
  },
  async 'post /users/{id}/totp'({ store, caller }) {
    await setLogin(store, caller.userId, { password: marked });
    return { current_password: password };
  },
  async 'post /users/{id}/totp/confirm'(target) {
    await setLogin(target.store, target.caller.userId, { totp: 'begun' });
    return { code: await code(target) };
  },
  async 'post /users/{id}/totp/remove'(target) {
    await setLogin(target.store, target.caller.userId, { totp: 'confirmed' });
    return { code: await code(target) };
  },
};

export async function prepareLogin(
  target: Target,
  { method, path }: { method: string; path: string },
): Promise<object> {
  return (await membersBy[`${method} ${path}`]?.(target)) ?? {};
}

/** What a person can do with their own user only. */
export function isOwnLogin(path: string): boolean {
  return /^\/users\/\{id\}\/(?:password|totp)/.test(path);
}
