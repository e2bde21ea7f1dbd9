import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { fakeClock } from '../clock/fake-clock.testkit.ts';
import type { CertificatePem } from '../domain/certificates.ts';
import type { LogFields } from '../domain/log.ts';
import type { Notice } from '../domain/notices.ts';
import type { SqlStore } from '../store/sql-store.ts';
import { openSqliteStore } from '../store/sqlite/open-sqlite-store.ts';
import { openTestSealer } from '../store/test-sealer.testkit.ts';
import { makeAuthority, makeLeaf } from '../tls/issue.ts';
import { AcmeFailure } from './acme-failure.ts';
import { defaultAcmeLimits } from './acme-limits.ts';
import type { CertificateRequest } from './authority.ts';
import { CertificateManager, type CertificateManagerDeps } from './certificate-manager.ts';
import { KnownCertificates } from './known-certificates.ts';

const startMs = Date.UTC(2026, 0, 1);
const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;
const console = ['example.com', 'connect.example.com', 'api.example.com'];

type Issue = CertificateManagerDeps['authorities'][number]['issue'];
let leaf: CertificatePem;
beforeAll(async () => {
  const authority = await makeAuthority(['example.com'], startMs);
  const signer = { cert: authority.cert, key: createPrivateKey(authority.key), notAfterMs: startMs + 900 * dayMs };
  leaf = await makeLeaf(signer, { names: ['example.com'], nowMs: startMs });
});

function openStore(clock: ReturnType<typeof fakeClock>): Promise<SqlStore> {
  const dataDir = mkdtempSync(join(tmpdir(), 'adit-acme-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
  return openSqliteStore({ dataDir, clock, openSealer: openTestSealer });
}

/** A manager over a real store, whose authorities do what the test says. */
async function open(
  issue: Issue,
  change: Partial<CertificateManagerDeps> & { clock?: ReturnType<typeof fakeClock> } = {},
) {
  const clock = change.clock ?? fakeClock(startMs);
  const store = (change.store as SqlStore | undefined) ?? (await openStore(clock));
  const requests: CertificateRequest[] = [];
  const logged: { level: string; fields: LogFields; message: string }[] = [];
  const notices: Notice[] = [];
  const known = new KnownCertificates();
  known.replaceAll(await store.listManagedCertificates());
  const tell = (level: string) => (fields: LogFields, message: string) => void logged.push({ level, fields, message });
  const log = {
    debug: tell('debug'),
    info: tell('info'),
    warn: tell('warn'),
    error: tell('error'),
    isLevelEnabled: () => true,
  };
  const manager = new CertificateManager({
    ...{ bus: { publish: (notice) => void notices.push(notice) }, log, known, dns: undefined, serverId: 'one' },
    ...{ domain: 'example.com', hasDns: false, random: () => 0, limits: defaultAcmeLimits },
    reserved: () => [],
    isLive: () => true,
    ...change,
    ...{ store, clock },
    authorities: change.authorities ?? [
      {
        directoryUrl: 'https://ca.example/dir',
        issue: (request, tools) => {
          requests.push(request);
          return issue(request, tools);
        },
      },
    ],
  });
  onTestFinished(async () => {
    await manager.close();
    await store.close();
  });
  const asked = () => requests.map(({ names, proof }) => `${names.join('+')} ${proof}`);
  return { manager, store, clock, known, requests, asked, logged, notices };
}

const until = (check: () => void): Promise<void> => vi.waitFor(check, { interval: 2, timeout: 15_000 });
const isIssued = async (known: KnownCertificates, names: readonly string[]): Promise<void> =>
  until(() => expect(names.filter((name) => !known.get(name)?.issued)).toEqual([]));

test('every wanted name gets a certificate, two at a time, and everybody hears of it', async () => {
  let atOnce = 0;
  let most = 0;
  const { manager, known, store, notices } = await open(async () => {
    most = Math.max(most, ++atOnce);
    await new Promise((resolve) => setImmediate(resolve));
    atOnce--;
    return leaf;
  });
  manager.start();
  await isIssued(known, console);
  expect(most).toBe(2);
  expect(await store.readManagedCertificate('api.example.com')).toEqual(leaf);
  const heard = new Set(notices.map((notice) => 'name' in notice && notice.name));
  expect(heard).toEqual(new Set(console));
});

test('a certificate is replaced at two thirds of its life, and not before', async () => {
  const { manager, known, clock, requests } = await open(async () => leaf);
  manager.start();
  await isIssued(known, console);
  const renewAtMs = known.get('example.com')?.issued?.renewAtMs ?? 0;
  expect(renewAtMs - startMs).toBeGreaterThan(59 * dayMs);
  clock.advance(renewAtMs - startMs - 2 * minuteMs);
  expect(requests).toHaveLength(3);
  clock.advance(3 * minuteMs);
  await until(() => expect(requests).toHaveLength(6));
});

test('what failed is tried again later each time, and not before the authority said', async () => {
  let told: number | null = null;
  const { manager, known, clock, requests, logged } = await open(
    () => Promise.reject(new AcmeFailure('refused', 'no', { retryAtMs: told })),
    { limits: { ...defaultAcmeLimits, maxOrders: 3 } },
  );
  manager.start();
  const failed = (failures: number) =>
    until(() =>
      expect(console.map((name) => known.get(name)?.attempt?.failures)).toEqual([failures, failures, failures]),
    );
  await failed(1);
  expect(known.get('example.com')?.attempt).toMatchObject({ holder: null, error: { kind: 'refused', message: 'no' } });
  clock.advance(minuteMs - 1);
  expect(requests).toHaveLength(3);
  clock.advance(1);
  await failed(2);
  told = clock.timeOfDay() + dayMs;
  clock.advance(2 * minuteMs);
  await failed(3);
  clock.advance(told - clock.timeOfDay() - 1);
  expect(requests).toHaveLength(9);
  clock.advance(1);
  await failed(4);
  expect(logged.filter(({ message }) => message === 'Cannot get a certificate')).toHaveLength(12);
});

test('a name that cannot be proved by TLS-ALPN-01 is proved by HTTP-01, which then comes first', async () => {
  const { manager, known, asked } = await open(
    async ({ proof }) => (proof === 'http-01' ? leaf : Promise.reject(new AcmeFailure('dns', 'no TLS'))),
    { limits: { ...defaultAcmeLimits, maxOrders: 1 } },
  );
  manager.start();
  await isIssued(known, console);
  expect(asked()).toEqual([
    ...['example.com tls-alpn-01', 'example.com http-01'],
    ...['connect.example.com http-01', 'api.example.com http-01'],
  ]);
});

test('a wildcard is proved in the DNS only, together with its domain', async () => {
  const { manager, known, asked } = await open(async () => leaf, { hasDns: true });
  manager.start();
  await isIssued(known, ['*.example.com']);
  expect(asked()).toEqual(['example.com+*.example.com dns-01']);
  expect(known.servedFor('anything.example.com')?.name).toBe('*.example.com');
});

test.each<['unreachable' | 'rate-limited' | 'refused' | 'internal', boolean]>([
  ['unreachable', true],
  ['rate-limited', true],
  ['refused', false],
  ['internal', false],
])('the next authority is asked where one is %s: %s', async (kind, isAsked) => {
  const second = vi.fn<Issue>(async () => leaf);
  const { manager, known } = await open(async () => leaf, {
    authorities: [
      { directoryUrl: 'https://one.example', issue: () => Promise.reject(new AcmeFailure(kind, 'no')) },
      { directoryUrl: 'https://two.example', issue: second },
    ],
  });
  manager.start();
  await until(() => expect(known.get('example.com')?.issued ?? known.get('example.com')?.attempt?.error).toBeTruthy());
  expect(second.mock.calls.length > 0).toBe(isAsked);
  if (isAsked) expect(known.get('example.com')?.issued?.directoryUrl).toBe('https://two.example');
});

test('names that are merely online wait when a domain has had its share, and reserved ones when that is near its end', async () => {
  const hosts = ['a.example.com', 'b.example.com', 'c.example.com'];
  const reserved = ['mine.example.com'];
  const { manager, known, logged, clock, requests } = await open(async () => leaf, {
    limits: { ...defaultAcmeLimits, maxFirstOrders: 4, maxFirstOrdersReserved: 5 },
    reserved: () => reserved.map((host) => ({ host, isGiven: false })),
  });
  manager.start();
  await isIssued(known, [...console, 'mine.example.com']);
  for (const host of hosts) manager.ask(host);
  const told = () => logged.flatMap(({ level, message }) => (level === 'warn' ? [message] : []));
  await until(() => expect(told()).toHaveLength(1));
  expect(told()[0]).toContain('4 new names below "example.com"');
  expect(told()[0]).toContain('one wildcard serves all');
  reserved.push('next.example.com', 'last.example.com');
  manager.look();
  await isIssued(known, ['next.example.com']);
  await until(() => expect(told()).toHaveLength(2));
  clock.advance(minuteMs);
  expect([...hosts, 'last.example.com'].map((host) => known.get(host))).toEqual(Array(4).fill(undefined));
  expect(requests).toHaveLength(5);
  clock.advance(7 * dayMs);
  await isIssued(known, [...hosts, 'last.example.com']);
});

test('of thousands that come online at once none is asked of the store twice while the domain has had its share', async () => {
  const { manager, known, store, clock } = await open(async () => leaf, {
    limits: { ...defaultAcmeLimits, maxFirstOrders: 3 },
  });
  manager.start();
  await isIssued(known, console);
  const write = vi.spyOn(store, 'write');
  manager.ask('first.example.com');
  await until(() => expect(write).toHaveBeenCalledTimes(1));
  await write.mock.results[0]?.value;
  for (let count = 0; count < 2_000; count++) manager.ask(`n${count}.example.com`);
  clock.advance(minuteMs);
  expect(write).toHaveBeenCalledTimes(1);
});

test('who comes online before the start is looked at with all others', async () => {
  const dns = { present: async () => {}, remove: async () => {} };
  const { manager, known, asked } = await open(async () => leaf, { hasDns: true, dns });
  for (const host of ['api.example.com', 'elsewhere.example.org']) manager.ask(host);
  expect(asked()).toEqual([]);
  manager.start();
  await isIssued(known, ['*.example.com', 'elsewhere.example.org']);
  expect(asked().sort()).toEqual(['elsewhere.example.org tls-alpn-01', 'example.com+*.example.com dns-01']);
});

test('who is not online, or covered, is asked for in vain', async () => {
  const { manager, known, requests } = await open(async () => leaf, { isLive: (host) => host !== 'gone.example.com' });
  manager.start();
  await isIssued(known, console);
  for (const host of ['gone.example.com', 'api.example.com', 'single']) manager.ask(host);
  manager.ask('here.example.com');
  await isIssued(known, ['here.example.com']);
  expect(requests).toHaveLength(4);
});

test('an order of another server is not begun before its time, and then taken over', async () => {
  const clock = fakeClock(startMs);
  const store = await openStore(clock);
  await store.write((tx) => tx.beginOrder({ name: 'example.com', holder: 'two', untilMs: startMs + 5 * minuteMs }));
  const { manager, known, asked } = await open(async () => leaf, { store, clock });
  manager.start();
  await isIssued(known, console.slice(1));
  clock.advance(4 * minuteMs);
  expect(asked()).not.toContain('example.com tls-alpn-01');
  clock.advance(2 * minuteMs);
  await isIssued(known, console);
});

test('who stops gives back what is under way, for others to begin at once', async () => {
  const { manager, store, requests, clock } = await open(
    (_request, { signal }) =>
      new Promise((_resolve, reject) => void signal.addEventListener('abort', () => reject(signal.reason))),
  );
  manager.start();
  await until(() => expect(requests).toHaveLength(2));
  await manager.close();
  const untilMs = clock.timeOfDay() + 1;
  expect(await store.write((tx) => tx.beginOrder({ name: 'example.com', holder: 'two', untilMs }))).toBe(true);
});

test('an authority that does not decide in time has failed', async () => {
  const { manager, known, requests, clock } = await open(
    (_request, { signal }) =>
      new Promise((_resolve, reject) => void signal.addEventListener('abort', () => reject(signal.reason))),
  );
  manager.start();
  await until(() => expect(requests).toHaveLength(2));
  clock.advance(defaultAcmeLimits.orderTimeoutMs);
  await until(() => expect(known.get('example.com')?.attempt?.error?.kind).toBe('unreachable'));
});

test('what nobody wants any more is forgotten a month after its end', async () => {
  const clock = fakeClock(startMs);
  const store = await openStore(clock);
  const facts = { serialNumber: '01', directoryUrl: 'https://ca', notBeforeMs: 0, renewAtMs: 0, pem: leaf };
  await store.write(async (tx) => {
    await tx.recordIssued('old.example.com', { ...facts, notAfterMs: startMs - 31 * dayMs });
    await tx.recordIssued('recent.example.com', { ...facts, notAfterMs: startMs - 29 * dayMs });
  });
  const { manager, known } = await open(async () => leaf, { store, clock });
  manager.start();
  await until(() => expect(known.get('old.example.com')).toBeUndefined());
  expect(known.get('recent.example.com')).toBeDefined();
});
