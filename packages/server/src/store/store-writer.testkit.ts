import { hashSecret } from '../domain/secret.ts';
import type { Store } from '../domain/store.ts';
import { addMember, type Member, makeCredential } from './store-rows.testkit.ts';

/** Writes one credential after the other, described by its number, and tells of those that were acknowledged. */
export async function writeForEver(store: Store, onAcknowledged: (number: number) => void): Promise<never> {
  const member = await store.write((tx) => addMember(tx));
  for (let number = 1; ; number++) {
    await writeNumber(store, member, number).then(
      () => onAcknowledged(number),
      () => undefined,
    );
  }
}

/** A credential and its audit record in one change; every 7th change is refused. */
export async function writeNumber(store: Store, { account, user }: Member, number: number): Promise<void> {
  const text = String(number);
  await store.write(async (tx) => {
    await tx.insertCredential({ ...makeCredential({ account, user }), description: text }, hashSecret(text));
    await tx.appendAudit({ accountId: account.id, actor: null, action: 'a', resourceId: text, details: {} });
    if (number % 7 === 0) throw new Error('refused');
  });
}

/** All that `writeNumber` left behind, oldest first. */
export async function writtenNumbers(store: Store): Promise<{ credentials: string[]; audit: string[] }> {
  const accountId = (await store.findFirstAdministrator())?.accountId;
  if (!accountId) return { credentials: [], audit: [] };
  const credentials = await store.listCredentials({ accountId, kind: 'authtoken', limit: 1e6 });
  const audit = await store.listAudit(accountId, 1e6);
  return {
    credentials: credentials.map(({ description }) => description).reverse(),
    audit: audit.map(({ resourceId }) => resourceId).reverse(),
  };
}
