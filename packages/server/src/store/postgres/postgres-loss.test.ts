import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../clock/system-clock.ts';
import type { Store } from '../../domain/store.ts';
import { addMember } from '../store-rows.testkit.ts';
import { writeNumber, writtenNumbers } from '../store-writer.testkit.ts';
import { openTestSealer } from '../test-sealer.testkit.ts';
import { openPostgresStore } from './open-postgres-store.ts';
import { isPostgresInstalled, type PostgresServer, startPostgres } from './postgres-server.testkit.ts';

const program = fileURLToPath(new URL('./postgres-process.testkit.ts', import.meta.url));

describe.skipIf(!isPostgresInstalled)('on PostgreSQL,', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.close());

  async function openForTest(): Promise<Store> {
    const store = await openPostgresStore({
      openSealer: openTestSealer,
      address: await server.createDatabase(),
      clock: systemClock,
    });
    onTestFinished(() => store.close());
    return store;
  }

  test.each([3, 40, 111])(
    'SIGKILL after %i acknowledged changes loses none and keeps no half of one',
    async (count) => {
      const address = await server.createDatabase();
      const child = spawn(process.execPath, [program], {
        env: { ...process.env, ADDRESS: JSON.stringify(address) },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      const acknowledged: string[] = [];
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged.push(line.replace('ack ', ''));
        if (acknowledged.length === count) child.kill('SIGKILL');
      }
      const store = await openPostgresStore({ openSealer: openTestSealer, address, clock: systemClock });
      onTestFinished(() => store.close());
      const { credentials, audit } = await writtenNumbers(store);
      // At most one more was committed and not yet acknowledged when the process died.
      expect(credentials.slice(0, acknowledged.length)).toEqual(acknowledged);
      expect(credentials.length).toBeLessThanOrEqual(acknowledged.length + 1);
      expect(audit).toEqual(credentials);
      expect(credentials.some((number) => Number(number) % 7 === 0)).toBe(false);
    },
  );

  test.each(['fast', 'immediate'] as const)(
    '[invariant: nothing-acknowledged-is-lost] a %s restart of the database under load loses no acknowledged change',
    async (mode) => {
      const store = await openForTest();
      const member = await store.write((tx) => addMember(tx));
      const acknowledged: string[] = [];
      const failures = new Set<unknown>();
      let isStopped = false;
      const load = (async () => {
        for (let number = 1; !isStopped; number++) {
          if (number % 7 === 0) continue;
          await writeNumber(store, member, number).then(
            () => acknowledged.push(String(number)),
            (error: { code?: unknown }) => failures.add(error.code ?? error),
          );
        }
      })();
      const someMore = async () => {
        const before = acknowledged.length;
        await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(before + 20), { timeout: 20_000 });
      };
      for (let times = 0; times < 3; times++) {
        await someMore();
        await server.restart(mode);
      }
      await someMore();
      isStopped = true;
      await load;
      expect([...failures]).toEqual([9216]);
      const { credentials, audit } = await writtenNumbers(store);
      const stored = new Set(credentials);
      expect(acknowledged.filter((number) => !stored.has(number))).toEqual([]);
      expect(audit).toEqual(credentials);
    },
  );

  test('while the database is away everything is refused with 9216, and when it is back everything works', async () => {
    const store = await openForTest();
    const { account } = await store.write((tx) => addMember(tx));
    await server.stop();
    const change = vi.fn(() => Promise.resolve());
    await expect(store.ping()).rejects.toMatchObject({ code: 9216, message: 'The database does not answer' });
    await expect(store.findAccount(account.id)).rejects.toMatchObject({ code: 9216 });
    await expect(store.write(change)).rejects.toMatchObject({ code: 9216 });
    expect(change).not.toHaveBeenCalled();
    await server.start();
    await store.ping();
    expect(await store.findAccount(account.id)).toMatchObject(account);
    await store.write(change);
    expect(change).toHaveBeenCalledOnce();
  });

  test('a connection that is lost in the middle of a change takes all of the change with it', async () => {
    const store = await openForTest();
    const member = await store.write((tx) => addMember(tx));
    const change = store.write(async (tx) => {
      await tx.isEmpty();
      await server.restart('immediate');
      await tx.appendAudit({ accountId: member.account.id, actor: null, action: 'a', resourceId: 'x', details: {} });
    });
    await expect(change).rejects.toMatchObject({ code: 9216 });
    expect(await store.listAudit(member.account.id, 10)).toEqual([]);
  });

  test('close() ends while the database is away', async () => {
    const store = await openForTest();
    await server.stop();
    await store.close();
    await server.start();
  });
});
