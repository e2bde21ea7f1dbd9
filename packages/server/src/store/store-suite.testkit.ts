// What every store must do, whatever is underneath. Each adapter's test calls this with its own opener.
import { type Id, isId, newId } from '@adit/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Credential, CredentialKind } from '../domain/entities.ts';
import type { Principal } from '../domain/principal.ts';
import { usualRoles } from '../domain/roles.ts';
import { hashSecret } from '../domain/secret.ts';
import type { Store, StoreTransaction } from '../domain/store.ts';
import { verifyChain } from '../domain/verify-chain.ts';
import { accountSuite } from './account-suite.testkit.ts';
import { documentSuite } from './document-suite.testkit.ts';
import { loginSuite } from './login-suite.testkit.ts';
import { managedCertificateSuite } from './managed-certificate-suite.testkit.ts';
import { addColleague, addMember, type Member, makeCredential } from './store-rows.testkit.ts';

/** One empty store of its own for each test. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Closes it and opens the same data again. */
  reopen(): Promise<Store>;
  /** Closes it and removes the data. */
  dispose(): Promise<void>;
}

/** The time that stores in this suite must be opened with (milliseconds since 1970). */
export const suiteNowMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

export function storeSuite(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name}, as every store,`, () => {
    let subject: StoreUnderTest;
    let store: Store;
    let member: Member;

    beforeEach(async () => {
      subject = await open();
      store = subject.store;
      member = await store.write((tx) => addMember(tx));
    });
    afterEach(() => subject.dispose());

    async function add(kind: CredentialKind = 'authtoken', secret: string = crypto.randomUUID()): Promise<Credential> {
      const credential = makeCredential(member, kind);
      await store.write((tx) => tx.insertCredential(credential, hashSecret(secret)));
      return credential;
    }
    const list = (kind: CredentialKind = 'authtoken', limit = 10) =>
      store.listCredentials({ accountId: member.account.id, kind, limit });

    describe('write()', () => {
      test('answers what the change answers, and tells it the time of the clock', async () => {
        expect(await store.write(async (tx) => tx.nowMs)).toBe(suiteNowMs);
      });

      test('keeps everything or nothing: a throw rolls back and is passed on', async () => {
        const failure = new Error('stop');
        const change = store.write(async (tx) => {
          await tx.insertCredential(makeCredential(member), hashSecret('a'));
          throw failure;
        });
        await expect(change).rejects.toBe(failure);
        expect(await list()).toEqual([]);
      });

      test('goes on after a change that failed', async () => {
        await expect(store.write(() => Promise.reject(new Error('stop')))).rejects.toThrow('stop');
        expect(await list()).toEqual([]);
        await add();
        expect(await list()).toHaveLength(1);
      });

      test('rolls back when a statement is refused', async () => {
        const stranger = { ...makeCredential(member), ownerId: newId('user', 0) };
        const change = store.write(async (tx) => {
          await tx.insertCredential(makeCredential(member), hashSecret('a'));
          await tx.insertCredential(stranger, hashSecret('b'));
        });
        await expect(change).rejects.toThrow();
        expect(await list()).toEqual([]);
      });

      test('keeps nothing once a statement was refused, even if the change goes on', async () => {
        const stranger = { ...makeCredential(member), ownerId: newId('user', 0) };
        const change = store.write(async (tx) => {
          await tx.insertCredential(makeCredential(member), hashSecret('a'));
          await tx.insertCredential(stranger, hashSecret('b')).catch(() => undefined);
        });
        await expect(change).rejects.toThrow();
        expect(await list()).toEqual([]);
        await add();
      });

      test('runs changes one at a time, in the order of the calls', async () => {
        const steps: string[] = [];
        const change = (label: string) => async (tx: StoreTransaction) => {
          steps.push(`${label} begins`);
          for (let i = 0; i < 5; i++) await tx.isEmpty();
          steps.push(`${label} ends`);
        };
        await Promise.all(['a', 'b', 'c'].map((label) => store.write(change(label))));
        expect(steps).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
      });

      test('leaves turns to others between changes, however many wait', async () => {
        let turns = 0;
        const count = (): void => {
          turns += 1;
          immediate = setImmediate(count);
        };
        let immediate = setImmediate(count);
        const turnsAtEach = await Promise.all(Array.from({ length: 10 }, () => store.write(async () => turns)));
        clearImmediate(immediate);
        expect(new Set(turnsAtEach).size).toBe(10);
      });

      test('lets nobody else see what is not committed', async () => {
        const seen: number[] = [];
        await store.write(async (tx) => {
          await tx.insertCredential(makeCredential(member), hashSecret('a'));
          seen.push((await list()).length);
        });
        seen.push((await list()).length);
        expect(seen).toEqual([0, 1]);
      });

      test('lets the change see its own rows', async () => {
        const credential = makeCredential(member);
        const found = await store.write(async (tx) => {
          await tx.insertCredential(credential, hashSecret('a'));
          return tx.findCredential(credential);
        });
        expect(found).toEqual(credential);
      });

      test('refuses to be called inside itself', async () => {
        const nested = store.write(() => store.write(async () => 1));
        await expect(nested).rejects.toThrow(TypeError);
      });

      test('may be called by code that a finished change left behind', async () => {
        let late: Promise<number> | undefined;
        const gate = Promise.withResolvers<undefined>();
        await store.write(async () => {
          late = gate.promise.then(() => store.write(async () => 1));
        });
        gate.resolve(undefined);
        expect(await late).toBe(1);
      });

      test('refuses a transaction that is over', async () => {
        let kept: StoreTransaction | undefined;
        await store.write(async (tx) => void (kept = tx));
        await expect(kept?.insertCredential(makeCredential(member), hashSecret('a'))).rejects.toThrow(TypeError);
        expect(await list()).toEqual([]);
      });

      test('refuses to commit while a call is not awaited, and keeps nothing of it', async () => {
        const change = store.write(async (tx) => {
          tx.insertCredential(makeCredential(member), hashSecret('a')).catch(() => undefined);
        });
        await expect(change).rejects.toThrow(TypeError);
        expect(await list()).toEqual([]);
        await add();
      });

      test('loses no update of changes that read and then write', async () => {
        const record = { accountId: member.account.id, actor: null, action: 'a.b', resourceId: 'x', details: {} };
        await Promise.all(Array.from({ length: 20 }, () => store.write((tx) => tx.appendAudit(record))));
        expect(await store.listAudit(member.account.id, 100)).toHaveLength(20);
      });
    });

    describe('credentials', () => {
      test('are found whole by id, and by nobody else', async () => {
        const credential = await add();
        expect(await store.findCredential(credential)).toEqual(credential);
        const other = await store.write((tx) => addMember(tx));
        expect(await store.findCredential({ ...credential, accountId: other.account.id })).toBeUndefined();
        expect(await store.findCredential({ ...credential, kind: 'api_key' })).toBeUndefined();
        expect(await store.findCredential({ ...credential, id: newId('credential', 0) })).toBeUndefined();
      });

      test('are deleted only with their account and kind', async () => {
        const credential = await add();
        const other = await store.write((tx) => addMember(tx));
        const remove = (key: Partial<Credential>) =>
          store.write((tx) => tx.deleteCredential({ ...credential, ...key }));
        expect(await remove({ accountId: other.account.id })).toBe(false);
        expect(await remove({ kind: 'api_key' })).toBe(false);
        expect(await remove({})).toBe(true);
        expect(await remove({})).toBe(false);
        expect(await list()).toEqual([]);
      });

      test('prove a principal by kind and hash, until they are deleted', async () => {
        const credential = await add('authtoken', 'the secret');
        expect(await store.findPrincipal('authtoken', hashSecret('the secret'))).toEqual({
          accountId: member.account.id,
          userId: member.user.id,
          roles: usualRoles.administrator,
          credentialId: credential.id,
          credentialKind: 'authtoken',
          acl: [],
        });
        expect(await store.findPrincipal('api_key', hashSecret('the secret'))).toBeUndefined();
        expect(await store.findPrincipal('authtoken', hashSecret('another'))).toBeUndefined();
        await store.write((tx) => tx.deleteCredential(credential));
        expect(await store.findPrincipal('authtoken', hashSecret('the secret'))).toBeUndefined();
      });

      test('belong to an account that has a name', async () => {
        expect(await store.findAccount(member.account.id)).toEqual({
          ...member.account,
          suspendedAtMs: null,
          revision: 1,
        });
        expect(await store.findAccount(newId('account', 0))).toBeUndefined();
      });

      test('change in their texts and their ACL, and only with their account', async () => {
        const credential = await add('authtoken', 'the secret');
        const change = { description: 'b', metadata: 'c', acl: ['bind:ü.example', 'bind:*'], revision: 2 };
        const other = await store.write((tx) => addMember(tx));
        await store.write((tx) => tx.updateCredential({ ...credential, ...change, accountId: other.account.id }));
        expect(await store.findCredential(credential)).toEqual(credential);
        await store.write((tx) => tx.updateCredential({ ...credential, ...change, createdAtMs: 1 }));
        expect(await store.findCredential(credential)).toEqual({ ...credential, ...change });
        expect((await store.findPrincipal('authtoken', hashSecret('the secret')))?.acl).toEqual(change.acl);
      });

      test('never share a secret', async () => {
        await add('authtoken', 'same');
        await expect(add('api_key', 'same')).rejects.toThrow();
      });

      test('are listed newest first, by account, kind and owner, in pages', async () => {
        const ids: string[] = [];
        for (let i = 0; i < 5; i++) ids.unshift((await add()).id);
        await add('api_key');
        const other = await store.write((tx) => addMember(tx));
        const foreign = { ...makeCredential(other), description: 'foreign' };
        await store.write((tx) => tx.insertCredential(foreign, hashSecret('f')));

        const query = { accountId: member.account.id, kind: 'authtoken', limit: 2 } as const;
        const page = async (beforeId?: string) =>
          (await store.listCredentials(beforeId === undefined ? query : { ...query, beforeId })).map(({ id }) => id);
        expect(await page()).toEqual(ids.slice(0, 2));
        expect(await page(ids[1])).toEqual(ids.slice(2, 4));
        expect(await page(ids[3])).toEqual(ids.slice(4));
        expect(await page(ids[4])).toEqual([]);
        expect(await store.listCredentials({ ...query, limit: 10, ownerId: member.user.id })).toHaveLength(5);
        expect(await store.listCredentials({ ...query, limit: 10, ownerId: other.user.id })).toEqual([]);
        expect(await list('api_key')).toHaveLength(1);
      });

      test('keep every character of their texts', async () => {
        const odd = { ...makeCredential(member), description: `it's "odd" \\ ; -- \u{1f980}`, metadata: '' };
        await store.write((tx) => tx.insertCredential(odd, hashSecret('odd')));
        expect(await store.findCredential(odd)).toEqual(odd);
      });
    });

    documentSuite(() => ({ store, member }));
    accountSuite(() => ({ store, member }), suiteNowMs);
    managedCertificateSuite(() => store, suiteNowMs);
    loginSuite(() => ({ store, member }), suiteNowMs);

    describe('the audit log', () => {
      test('keeps who did what to what and when, newest first, by account', async () => {
        const { id: credentialId } = await add('api_key', 'k');
        const actor = await store.findPrincipal('api_key', hashSecret('k'));
        expect(actor).toBeDefined();
        const other = await store.write((tx) => addMember(tx));
        const record = (accountId: Id<'account'>, resourceId: string) => ({
          accountId,
          actor: actor ? { ...actor, clientAddress: '203.0.113.9' } : null,
          action: 'credential.create',
          resourceId,
          details: { kind: 'authtoken', count: 2, isLast: false },
        });
        await store.write(async (tx) => {
          await tx.appendAudit({ ...record(member.account.id, 'first'), actor: null, details: {} });
          await tx.appendAudit(record(member.account.id, 'second'));
          await tx.appendAudit(record(other.account.id, 'foreign'));
        });
        const events = await store.listAudit(member.account.id, 10);
        expect(events.map((event) => event.resourceId)).toEqual(['second', 'first']);
        expect(events[0]).toEqual({
          id: events[0]?.id,
          seq: 2,
          hash: (await store.findAuditHead(member.account.id))?.hash,
          atMs: suiteNowMs,
          accountId: member.account.id,
          actorState: 'known',
          actorUserId: member.user.id,
          actorCredentialId: credentialId,
          actorName: 'admin',
          clientAddress: '203.0.113.9',
          action: 'credential.create',
          resourceId: 'second',
          details: { kind: 'authtoken', count: 2, isLast: false },
        });
        const server = { actorState: 'server', actorUserId: null, actorCredentialId: null, actorName: null };
        expect(events[1]).toMatchObject({ seq: 1, ...server, clientAddress: null, details: {} });
        expect(isId('auditEvent', events[0]?.id ?? '')).toBe(true);
        expect(await store.listAudit(member.account.id, 1)).toHaveLength(1);
      });

      test('outlives the credential that acted', async () => {
        const credential = await add('api_key', 'k');
        const actor = (await store.findPrincipal('api_key', hashSecret('k'))) ?? null;
        await store.write(async (tx) => {
          await tx.deleteCredential(credential);
          const accountId = member.account.id;
          await tx.appendAudit({ accountId, actor, action: 'x.y', resourceId: credential.id, details: {} });
        });
        expect(await store.listAudit(member.account.id, 10)).toHaveLength(1);
      });
    });

    describe('the chain of the audit log', () => {
      /** Whoever acts in these tests: the member, from an address. */
      async function actor(of: Member = member): Promise<Principal> {
        const credential = makeCredential(of, 'api_key');
        const secret = hashSecret(crypto.randomUUID());
        await store.write((tx) => tx.insertCredential(credential, secret));
        const principal = await store.findPrincipal('api_key', secret);
        if (!principal) throw new Error('the key is gone');
        return { ...principal, clientAddress: '203.0.113.9' };
      }
      const act = (by: Principal | null, resourceId = 'x', accountId = member.account.id) =>
        store.write((tx) => tx.appendAudit({ accountId, actor: by, action: 'a.b', resourceId, details: { n: 1 } }));
      const read = (accountId = member.account.id, afterSeq = 0, limit = 1000) =>
        store.readAudit({ accountId, afterSeq, limit });
      const verify = async (accountId = member.account.id) =>
        verifyChain(await read(accountId), await store.findAuditHead(accountId));

      test('[invariant: tenancy-in-every-key] begins in each account anew, and knows nothing of the others', async () => {
        const other = await store.write((tx) => addMember(tx));
        expect(await store.findAuditHead(member.account.id)).toBeUndefined();
        expect((await verify()).seq).toBe(0);
        await act(await actor());
        const before = await read();
        await act(await actor(other), 'y', other.account.id);
        await act(null, 'z', other.account.id);
        expect(await read()).toEqual(before);
        expect((await read(other.account.id)).map(({ seq }) => seq)).toEqual([1, 2]);
        for (const { account } of [member, other]) await verify(account.id);
        expect((await read())[0]?.personId).not.toBe((await read(other.account.id))[0]?.personId);
      });

      test('is kept by changes that run at once, alone or several in one', async () => {
        const principal = await actor();
        const twice = (tx: StoreTransaction, n: number) =>
          tx.appendAudit({
            accountId: member.account.id,
            actor: principal,
            action: 'a.b',
            resourceId: `${n}`,
            details: {},
          });
        const changes = Array.from({ length: 15 }, (_, n) =>
          store
            .write(async (tx) => {
              await twice(tx, n);
              await twice(tx, n);
              if (n % 5 === 0) throw new Error('refused');
            })
            .catch(() => undefined),
        );
        await Promise.all([...changes, ...changes.map(() => act(null))]);
        expect((await verify()).seq).toBe(12 * 2 + 15);
        expect((await read()).map(({ seq }) => seq)).toEqual(Array.from({ length: 39 }, (_, i) => i + 1));
      });

      test('is read oldest first, in pages', async () => {
        for (const resourceId of ['a', 'b', 'c', 'd', 'e']) await act(null, resourceId);
        const page = async (afterSeq: number) =>
          (await read(member.account.id, afterSeq, 2)).map(({ resourceId }) => resourceId);
        expect([await page(0), await page(2), await page(4), await page(5)]).toEqual([
          ['a', 'b'],
          ['c', 'd'],
          ['e'],
          [],
        ]);
      });

      test('is listed newest first, in pages that a record of the account begins', async () => {
        for (const resourceId of ['a', 'b', 'c', 'd', 'e']) await act(null, resourceId);
        const other = await store.write((tx) => addMember(tx));
        for (let i = 0; i < 3; i++) await act(null, 'foreign', other.account.id);
        const list = (beforeId?: Id<'auditEvent'>, accountId = member.account.id) =>
          store.listAudit(accountId, 2, beforeId);
        const seen: string[] = [];
        for (let page = await list(); page.length > 0; page = await list(page.at(-1)?.id)) {
          seen.push(page.map(({ resourceId }) => resourceId).join(''));
        }
        expect(seen).toEqual(['ed', 'cb', 'a']);
        const [foreign] = await list(undefined, other.account.id);
        // An empty page would look like the end of the log.
        await expect(list(foreign?.id)).rejects.toMatchObject({ code: 9101 });
        await expect(list(newId('auditEvent', 0))).rejects.toMatchObject({ code: 9101 });
      });

      test('does not say who did what without the key of that person', async () => {
        const principal = await actor();
        await act(principal);
        const [record] = await read();
        expect(record).toMatchObject({ actorUserId: null, actorCredentialId: null });
        const chained = JSON.stringify({ ...record, who: Buffer.from(record?.who ?? []).toString('latin1') });
        for (const word of [principal.userId, principal.credentialId, 'admin', '203.0.113.9']) {
          expect(chained).not.toContain(word);
        }
      });

      test('shows nothing of a person who was erased, and still verifies', async () => {
        const [erased, colleague] = [await actor(), await store.write((tx) => addColleague(tx, member))];
        await act(erased, 'first');
        await act(await actor(colleague), 'second');
        await act(erased, 'third');
        const before = await read();
        expect(await store.write((tx) => tx.erasePerson(erased))).toBe(true);
        expect(await store.write((tx) => tx.erasePerson(erased))).toBe(false);
        expect(await read()).toEqual(before);
        expect((await verify()).seq).toBe(3);
        const listed = await store.listAudit(member.account.id, 10);
        expect(listed.map(({ actorState }) => actorState)).toEqual(['erased', 'known', 'erased']);
        expect(listed[0]).toMatchObject({
          resourceId: 'third',
          actorUserId: null,
          actorName: null,
          clientAddress: null,
        });
        expect(listed[0]?.actorCredentialId).toBeNull();
        expect(listed[1]).toMatchObject({ actorUserId: colleague.user.id });
        const [first, , third] = before;
        // Whoever comes back is somebody new.
        await act(erased, 'fourth');
        const fourth = (await read()).at(-1);
        expect(third?.personId).toBe(first?.personId);
        expect(fourth?.personId).not.toBe(first?.personId);
        expect((await store.listAudit(member.account.id, 10)).map(({ actorState }) => actorState)).toEqual([
          ...['known', 'erased', 'known', 'erased'],
        ]);
      });

      test('erases a person in one account only', async () => {
        const other = await store.write((tx) => addMember(tx));
        const principal = await actor();
        await act(principal);
        expect(await store.write((tx) => tx.erasePerson({ ...principal, accountId: other.account.id }))).toBe(false);
        expect(await store.listAudit(member.account.id, 1)).toMatchObject([{ actorState: 'known' }]);
      });

      test('keeps nothing of a person whose first deed was rolled back', async () => {
        const principal = await actor();
        const change = store.write(async (tx) => {
          const record = {
            accountId: member.account.id,
            actor: principal,
            action: 'a.b',
            resourceId: 'x',
            details: {},
          };
          await tx.appendAudit(record);
          throw new Error('stop');
        });
        await expect(change).rejects.toThrow('stop');
        expect(await store.write((tx) => tx.erasePerson(principal))).toBe(false);
        expect(await read()).toEqual([]);
      });

      test('verifies, and shows who did it, after closing and opening again', async () => {
        const principal = await actor();
        await act(principal);
        store = await subject.reopen();
        await act(principal);
        expect((await verify()).seq).toBe(2);
        const listed = await store.listAudit(member.account.id, 10);
        expect(listed.map(({ actorUserId }) => actorUserId)).toEqual([principal.userId, principal.userId]);
      });
    });

    test('isEmpty() is true only before the first account', async () => {
      const fresh = await open();
      expect(await fresh.store.write((tx) => tx.isEmpty())).toBe(true);
      await fresh.store.write((tx) => addMember(tx));
      expect(await fresh.store.write((tx) => tx.isEmpty())).toBe(false);
      await fresh.dispose();
    });

    test('findFirstAdministrator() answers the first account’s, and undefined before the first run', async () => {
      const fresh = await open();
      expect(await fresh.store.findFirstAdministrator()).toBeUndefined();
      await fresh.store.write((tx) => addMember(tx, 'developer'));
      expect(await fresh.store.findFirstAdministrator()).toBeUndefined();
      const first = await fresh.store.write((tx) => addMember(tx));
      await fresh.store.write((tx) => addMember(tx));
      expect(await fresh.store.findFirstAdministrator()).toEqual({
        accountId: first.account.id,
        userId: first.user.id,
        roles: usualRoles.administrator,
      });
      await fresh.dispose();
    });

    test('everything is there after closing and opening again', async () => {
      const credential = await add('authtoken', 's');
      store = await subject.reopen();
      expect(await store.findCredential(credential)).toEqual(credential);
      expect((await store.findPrincipal('authtoken', hashSecret('s')))?.userId).toBe(member.user.id);
    });

    test('close() waits for the changes asked for, then refuses everything; twice is harmless', async () => {
      const change = store.write((tx) => tx.insertCredential(makeCredential(member), hashSecret('a')));
      await Promise.all([store.close(), store.close()]);
      await expect(change).resolves.toBeUndefined();
      await expect(store.write(async () => 1)).rejects.toThrow(TypeError);
      await expect(store.ping()).rejects.toThrow(TypeError);
      store = await subject.reopen();
      expect(await list()).toHaveLength(1);
    });

    test('ping() resolves while the store can answer', async () => {
      await expect(store.ping()).resolves.toBeUndefined();
    });
  });
}
