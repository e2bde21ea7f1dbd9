import { newId } from '@adit/contracts';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import { systemClock as clock } from '../../clock/system-clock.ts';
import type { DatabaseAddress } from '../../domain/database-address.ts';
import type { Notice } from '../../domain/notices.ts';
import {
  isPostgresInstalled,
  type PostgresServer,
  startPostgres,
} from '../../store/postgres/postgres-server.testkit.ts';
import { busSuite, revoked } from '../bus-suite.testkit.ts';
import { type BusLimits, defaultBusLimits } from './bus-limits.ts';
import { formatNotice } from './notice-text.ts';
import { PostgresBus } from './postgres-bus.ts';

const silent = { info: () => {}, warn: () => {}, error: () => expect.unreachable() };
const missed: Notice = { type: 'missed' };
const revokedNow = (): Notice => ({ ...revoked, credentialId: newId('credential', 0) }) as Notice;

describe.skipIf(!isPostgresInstalled)('on PostgreSQL,', () => {
  let server: PostgresServer;
  let address: DatabaseAddress;

  beforeAll(async () => {
    server = await startPostgres();
    address = await server.createDatabase();
  }, 60_000);
  afterAll(() => server.close());

  busSuite('PostgresBus', async (log) => {
    const bus = await PostgresBus.open({ address, clock, log: { ...silent, ...log } });
    return { bus, dispose: () => bus.close() };
  });

  /** A bus of a server of its own, and what it heard. */
  async function openForTest(
    limits: Partial<BusLimits> = {},
    at = address,
  ): Promise<{ bus: PostgresBus; heard: Notice[] }> {
    const bus = await PostgresBus.open({ address: at, clock, log: silent, limits: { ...defaultBusLimits, ...limits } });
    onTestFinished(() => bus.close());
    const heard: Notice[] = [];
    bus.subscribe((notice) => heard.push(notice));
    return { bus, heard };
  }

  test('a notice reaches every server on the database, and its own once', async () => {
    const [one, two, three] = [await openForTest(), await openForTest(), await openForTest()];
    const [first, second] = [revokedNow(), revokedNow()];
    one.bus.publish(first);
    await vi.waitFor(() => expect([two.heard, three.heard]).toEqual([[first], [first]]), { timeout: 15_000 });
    two.bus.publish(second);
    // What `one` sent would have come back to it before this.
    await vi.waitFor(() => expect(one.heard).toEqual([first, second]), { timeout: 15_000 });
    expect(two.heard).toEqual([first, second]);
  });

  test('a notice stays in its database', async () => {
    const [here, there] = [await openForTest(), await openForTest({}, await server.createDatabase())];
    const other = await openForTest();
    here.bus.publish(revoked);
    await vi.waitFor(() => expect(other.heard).toEqual([revoked]), { timeout: 15_000 });
    there.bus.publish(missed);
    expect(there.heard).toEqual([missed]);
  });

  test('that something may be missing is for the server alone that says so', async () => {
    const [one, two] = [await openForTest(), await openForTest()];
    one.bus.publish(missed);
    const after = revokedNow();
    one.bus.publish(after);
    await vi.waitFor(() => expect(two.heard).toEqual([after]), { timeout: 15_000 });
    expect(one.heard).toEqual([missed, after]);
  });

  test('close() has sent what was published right before', async () => {
    const [one, two] = [await openForTest(), await openForTest()];
    const notices = Array.from({ length: 20 }, revokedNow);
    for (const notice of notices) one.bus.publish(notice);
    await one.bus.close();
    await vi.waitFor(() => expect(two.heard).toEqual(notices), { timeout: 15_000 });
    one.bus.publish(missed);
    expect(one.heard.at(-1)).toEqual(missed);
  });

  test('what is no notice is dropped and told, without a word of it', async () => {
    const warned: unknown[] = [];
    const log = { ...silent, warn: (...words: unknown[]) => warned.push(...words) };
    const bus = await PostgresBus.open({ address, clock, log });
    onTestFinished(() => bus.close());
    const heard: Notice[] = [];
    bus.subscribe((notice) => heard.push(notice));
    const text = formatNotice({ from: crypto.randomUUID(), notice: revoked });
    await server.query(`notify adit, 'secret'; notify adit; notify adit, '${text}'`, address.database);
    await vi.waitFor(() => expect(heard).toEqual([revoked]), { timeout: 15_000 });
    expect(warned).toEqual([{ bytes: 6 }, expect.any(String), { bytes: 0 }, expect.any(String)]);
    expect(JSON.stringify(warned)).not.toContain('secret');
  });

  test.each(['fast', 'immediate'] as const)(
    'after a %s restart of the database everybody hears that something may be missing, and then all that comes',
    async (mode) => {
      const [one, two] = [await openForTest(), await openForTest()];
      await server.stop(mode);
      const meanwhile = revokedNow();
      one.bus.publish(meanwhile);
      expect(one.heard).toEqual([meanwhile]);
      await server.start();
      await vi.waitFor(() => expect(one.heard).toEqual([meanwhile, missed]), { timeout: 15_000 });
      await vi.waitFor(() => expect(two.heard).toContainEqual(missed), { timeout: 15_000 });
      const after = revokedNow();
      one.bus.publish(after);
      await vi.waitFor(() => expect(two.heard.at(-1)).toEqual(after), { timeout: 15_000 });
    },
  );

  test.each([
    ['is sent when there is one', 3, (notices: Notice[]) => notices],
    ['and is too much becomes "missed"', 5, (notices: Notice[]) => [missed, notices[4]]],
  ])('what is published without a connection %s', async (_, count, expected) => {
    const time = fakeClock();
    const warn = vi.fn();
    const limits = { ...defaultBusLimits, maxUnsent: 3 };
    const bus = await PostgresBus.open({ address, clock: time, log: { ...silent, warn }, limits });
    onTestFinished(() => bus.close());
    await server.stop();
    await vi.waitFor(() => expect(warn).toHaveBeenCalledOnce(), { timeout: 15_000 });
    const notices = Array.from({ length: count }, revokedNow);
    for (const notice of notices) bus.publish(notice);
    await server.start();
    const listener = await openForTest();
    time.advance(limits.minReconnectMs);
    await vi.waitFor(() => expect(listener.heard).toEqual(expected(notices)), { timeout: 15_000 });
  });

  test('a connection that does not answer is given up', async () => {
    const { bus, heard } = await openForTest({ heartbeatMs: 20, answerTimeoutMs: 200 });
    const [{ pid } = {}] = await server.query(`select pid from pg_stat_activity where application_name = 'adit bus'`);
    process.kill(Number(pid), 'SIGSTOP');
    onTestFinished(() => void process.kill(Number(pid), 'SIGCONT'));
    await vi.waitFor(() => expect(heard).toEqual([missed]), { timeout: 15_000 });
    const other = await openForTest();
    other.bus.publish(revoked);
    await vi.waitFor(() => expect(heard).toEqual([missed, revoked]), { timeout: 15_000 });
    await bus.close();
  });

  test('a database that does not answer at the start is 9216', async () => {
    const nowhere = { ...address, port: 1 };
    await expect(PostgresBus.open({ address: nowhere, clock, log: silent })).rejects.toMatchObject({ code: 9216 });
  });
});
