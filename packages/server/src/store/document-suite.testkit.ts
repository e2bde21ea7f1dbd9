// The part of the store's suite that is about documents: see store-suite.testkit.ts.
import { type Id, newId } from '@adit/contracts';
import { describe, expect, test } from 'vitest';
import type { Document, DocumentLinks } from '../domain/document.ts';
import type { Store } from '../domain/store.ts';
import { addMember, type Member } from './store-rows.testkit.ts';

const noLinks: DocumentLinks = { references: [], claims: [] };

/** Makes, but does not write, an IP policy of that member's account. */
function makeDocument({ account }: Member, change: Partial<Document> = {}): Document {
  return {
    ...{ accountId: account.id, kind: 'ipPolicy', id: newId('ipPolicy', account.createdAtMs), parentId: null },
    ...{ description: 'Zoë’s "office"', metadata: '{}', createdAtMs: 1, updatedAtMs: 2, revision: 1 },
    body: { text: 'it\u2019s \u{1f980}', list: [1, null, true] },
    ...change,
  };
}

export function documentSuite(subject: () => { store: Store; member: Member }): void {
  async function add(change: Partial<Document> = {}, links: Partial<DocumentLinks> = {}): Promise<Document> {
    const { store, member } = subject();
    const document = makeDocument(member, change);
    await store.write((tx) => tx.insertDocument(document, { ...noLinks, ...links }));
    return document;
  }
  const inside = (parent: Document): Partial<Document> => ({
    kind: 'vault',
    id: newId('vault', 1),
    parentId: parent.id,
  });

  describe('documents', () => {
    test('are found whole by account, kind and id, and by nobody else', async () => {
      const { store } = subject();
      const document = await add();
      expect(await store.findDocument(document)).toEqual(document);
      expect(await store.write((tx) => tx.findDocument(document))).toEqual(document);
      const other = await store.write((tx) => addMember(tx));
      expect(await store.findDocument({ ...document, accountId: other.account.id })).toBeUndefined();
      expect(await store.findDocument({ ...document, kind: 'vault' })).toBeUndefined();
      expect(await store.findDocument({ ...document, id: newId('ipPolicy', 1) })).toBeUndefined();
    });

    test('are listed newest first, by account, kind and parent, in pages, and counted', async () => {
      const { store, member } = subject();
      const made = [await add(), await add(), await add()];
      const [first] = made as [Document];
      await add(inside(first));
      const other = await store.write((tx) => addMember(tx));
      await store.write((tx) => tx.insertDocument(makeDocument(other), noLinks));
      const query = { accountId: member.account.id, kind: 'ipPolicy', limit: 2 } as const;
      const ids = made.map(({ id }) => id).reverse();
      const page = async (beforeId?: string) => (await store.listDocuments({ ...query, beforeId })).map(({ id }) => id);
      expect([await page(), await page(ids[1])]).toEqual([ids.slice(0, 2), ids.slice(2)]);
      const inner = { ...query, kind: 'vault' } as const;
      expect(await store.listDocuments({ ...inner, parentId: first.id })).toHaveLength(1);
      expect(await store.listDocuments({ ...inner, parentId: made[1]?.id })).toEqual([]);
      expect(await store.write((tx) => tx.countDocuments(query))).toBe(3);
    });

    test('change in all but what they are, and only with their account', async () => {
      const { store } = subject();
      const document = await add();
      const changed = { ...document, description: 'b', metadata: '', updatedAtMs: 9, revision: 2, body: { a: 1 } };
      const other = await store.write((tx) => addMember(tx));
      await store.write((tx) => tx.updateDocument({ ...changed, accountId: other.account.id }, noLinks));
      expect(await store.findDocument(document)).toEqual(document);
      await store.write((tx) => tx.updateDocument({ ...changed, createdAtMs: 7 }, noLinks));
      expect(await store.findDocument(document)).toEqual(changed);
    });

    test('are deleted with what belongs to them, and only with their account', async () => {
      const { store } = subject();
      const document = await add();
      const below = await add(inside(document));
      const other = await store.write((tx) => addMember(tx));
      const remove = (key: Partial<Document>) => store.write((tx) => tx.deleteDocument({ ...document, ...key }));
      expect(await remove({ accountId: other.account.id })).toBe(false);
      expect(await remove({ kind: 'vault' })).toBe(false);
      expect(await store.findDocument(below)).toEqual(below);
      expect([await remove({}), await remove({})]).toEqual([true, false]);
      expect(await store.findDocument(below)).toBeUndefined();
    });

    test('never belong to, or refer to, a document of another account', async () => {
      const { store } = subject();
      const other = await store.write((tx) => addMember(tx));
      const foreign = makeDocument(other);
      await store.write((tx) => tx.insertDocument(foreign, noLinks));
      await expect(add(inside(foreign))).rejects.toThrow();
      await expect(add({}, { references: [foreign.id] })).rejects.toThrow();
      await expect(add({}, { references: [newId('ipPolicy', 1)] })).rejects.toThrow();
    });

    test('are not deleted as long as others refer to them or to what belongs to them', async () => {
      const { store } = subject();
      const target = await add();
      const below = await add(inside(target));
      const sources = [
        await add({}, { references: [target.id, target.id] }),
        await add({}, { references: [below.id, target.id] }),
      ];
      const ids = sources.map(({ id }) => id).sort();
      const referrers = (limit: number) => store.write((tx) => tx.findReferrers(target, limit));
      expect([await referrers(9), await referrers(1)]).toEqual([ids, ids.slice(0, 1)]);
      await expect(store.write((tx) => tx.deleteDocument(target))).rejects.toThrow();
      await store.write(async (tx) => {
        for (const source of sources) await tx.updateDocument(source, noLinks);
      });
      expect(await referrers(9)).toEqual([]);
      expect(await store.write((tx) => tx.deleteDocument(target))).toBe(true);
    });

    test('do not stand in their own way: what goes with a document may refer to it', async () => {
      const { store } = subject();
      const target = await add();
      await add(inside(target), { references: [target.id] });
      expect(await store.write((tx) => tx.findReferrers(target, 9))).toEqual([]);
      expect(await store.write((tx) => tx.deleteDocument(target))).toBe(true);
    });

    test('keep secrets that are nowhere to be read, until they are deleted', async () => {
      const { store } = subject();
      const document = await add();
      expect(await store.readSecret(document)).toBeUndefined();
      const put = (text: string) => store.write((tx) => tx.putSecret(document, Buffer.from(text)));
      const read = async (key = document) => (await store.readSecret(key))?.toString();
      await put('first');
      await put('second');
      expect(Buffer.from((await store.readSecret(document)) ?? []).toString()).toBe('second');
      const other = await store.write((tx) => addMember(tx));
      expect(await read({ ...document, accountId: other.account.id })).toBeUndefined();
      expect(JSON.stringify(await store.findDocument(document))).not.toContain('second');
      await store.write((tx) => tx.deleteDocument(document));
      expect(await read()).toBeUndefined();
      await expect(put('third')).rejects.toThrow();
    });

    test('tell whether others belong to them', async () => {
      const { store } = subject();
      const document = await add();
      const has = () => store.write((tx) => tx.hasChildren(document));
      expect(await has()).toBe(false);
      await add(inside(document));
      expect(await has()).toBe(true);
    });

    test('have names that nobody else has, until they let go of them', async () => {
      const { store } = subject();
      const claim = { space: 'host', name: 'a.example' };
      const holder = await add({}, { claims: [claim, { ...claim, space: 'other' }] });
      const found = () => store.write((tx) => tx.findClaim(claim));
      expect(await found()).toEqual({ accountId: holder.accountId, documentId: holder.id });
      await expect(add({}, { claims: [claim] })).rejects.toThrow();
      await store.write((tx) => tx.updateDocument(holder, { ...noLinks, claims: [{ ...claim, name: 'b.example' }] }));
      expect(await found()).toBeUndefined();
      const next = await add({}, { claims: [claim] });
      await store.write((tx) => tx.deleteDocument(next));
      expect(await found()).toBeUndefined();
    });

    test('are counted by the names they have in a space', async () => {
      const { store } = subject();
      const count = () => store.write((tx) => tx.countClaims('few'));
      expect(await count()).toBe(0);
      const one = await add({}, { claims: ['a', 'b'].map((name) => ({ space: 'few', name })) });
      await add(
        {},
        {
          claims: [
            { space: 'few', name: 'c' },
            { space: 'few more', name: 'c' },
          ],
        },
      );
      expect(await count()).toBe(3);
      await store.write((tx) => tx.updateDocument(one, noLinks));
      expect(await count()).toBe(1);
    });

    test('tell whether another account has a name that begins so', async () => {
      const { store, member } = subject();
      await add({}, { claims: [{ space: 'host', name: 'com.example.a' }] });
      const other = await store.write((tx) => addMember(tx));
      const asks = (accountId: Id<'account'>, prefix: string, space = 'host') =>
        store.write((tx) => tx.hasOthersClaim({ space, prefix, accountId }));
      const prefixes = ['com.example.', 'com.example.a', 'com.example.b', 'com.example.a.', 'com.exampl.', ''];
      const answers = await Promise.all(prefixes.map((prefix) => asks(other.account.id, prefix)));
      expect(answers).toEqual([true, true, false, false, false, true]);
      expect(await asks(member.account.id, 'com.')).toBe(false);
      expect(await asks(other.account.id, 'com.', 'port')).toBe(false);
    });

    test('of one kind are read for all accounts, oldest first, in pages', async () => {
      const { store } = subject();
      const mine = await add();
      await add(inside(mine));
      const foreign = makeDocument(await store.write((tx) => addMember(tx)));
      await store.write((tx) => tx.insertDocument(foreign, noLinks));
      const page = (afterId?: string) =>
        store.listDocumentsOfAll({ kind: 'ipPolicy', limit: 1, ...(afterId && { afterId }) });
      expect([await page(), await page(mine.id), await page(foreign.id)]).toEqual([[mine], [foreign], []]);
    });
  });

  test('idempotency keys are found by account, and forgotten in time', async () => {
    const { store, member } = subject();
    const key = { accountId: member.account.id, key: 'k' };
    const request = { requestHash: 'h', objectId: 'ipp_1' };
    const find = (change: object, notBeforeMs: number) =>
      store.write((tx) => tx.findIdempotencyKey({ ...key, ...change }, notBeforeMs));
    const nowMs = await store.write(async (tx) => {
      await tx.insertIdempotencyKey(key, request);
      return tx.nowMs;
    });
    expect(await find({}, nowMs)).toEqual(request);
    expect(await find({ accountId: (await store.write((tx) => addMember(tx))).account.id }, nowMs)).toBeUndefined();
    expect(await find({}, nowMs + 1)).toBeUndefined();
    expect(await find({}, 0)).toBeUndefined();
  });

  test('of idempotency keys so many of an account are kept', async () => {
    const { store, member } = subject();
    const other = (await store.write((tx) => addMember(tx))).account.id;
    const mine = member.account.id;
    const find = (accountId: typeof mine, key: string) =>
      store.write(async (tx) => (await tx.findIdempotencyKey({ accountId, key }, 0)) !== undefined);
    const forget = (keep: number) => store.write((tx) => tx.forgetIdempotencyKeys(mine, { keep }));
    await store.write(async (tx) => {
      for (const key of ['k1', 'k2', 'k3', 'k4']) {
        await tx.insertIdempotencyKey({ accountId: mine, key }, { requestHash: 'h', objectId: 'ipp_1' });
        await tx.insertIdempotencyKey({ accountId: other, key }, { requestHash: 'h', objectId: 'ipp_1' });
      }
    });
    await forget(4);
    expect(await find(mine, 'k1')).toBe(true);
    await forget(2);
    const found = await Promise.all(['k1', 'k2', 'k3', 'k4'].map((key) => find(mine, key)));
    expect([...found, await find(other, 'k1')]).toEqual([false, false, true, true, true]);
  });
}
