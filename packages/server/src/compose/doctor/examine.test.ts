import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import { effectiveOptions } from '../../config/effective-options.ts';
import { loadServerOptions } from '../../config/load-options.ts';
import { firstRun } from '../../control/first-run.ts';
import { writeRunningServer } from '../../data-dir/running-server.ts';
import { makeMmdb } from '../../geo/make-mmdb.testkit.ts';
import { makeOldDatabase } from '../../store/sqlite/old-database.testkit.ts';
import { openSqliteStore } from '../../store/sqlite/open-sqlite-store.ts';
import { openTestSealer } from '../../store/test-sealer.testkit.ts';
import { makeAuthority } from '../../tls/issue.ts';
import { examine } from './examine.ts';

const nowMs = Date.UTC(2026, 5, 1);
const dayMs = 24 * 3_600_000;

/** A data directory as a server leaves it that has run once. */
async function usedDataDir(): Promise<{ dataDir: string; store: Awaited<ReturnType<typeof openSqliteStore>> }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'adit-doctor-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
  const store = await openSqliteStore({ openSealer: openTestSealer, dataDir, clock: fakeClock(nowMs) });
  onTestFinished(() => store.close());
  await firstRun(store);
  mkdirSync(join(dataDir, 'tls'), { mode: 0o700 });
  writeFileSync(join(dataDir, 'tls', 'ca.pem'), (await makeAuthority(['localhost'], nowMs)).cert);
  return { dataDir, store };
}

async function stoppedDataDir(): Promise<string> {
  const { dataDir, store } = await usedDataDir();
  await store.close();
  return dataDir;
}

async function findings(
  dataDir: string,
  { at = nowMs, flags = {} }: { at?: number; flags?: Record<string, unknown> } = {},
) {
  const options = await loadServerOptions({ 'data-dir': dataDir, 'https-port': 0, 'http-port': 0, ...flags });
  return await examine({ options, settings: effectiveOptions(options, {}), database: null, nowMs: at });
}

/** All that is not in order, as `level about: text`. */
async function complaints(...args: Parameters<typeof findings>): Promise<string[]> {
  const found = await findings(...args);
  const bad = found.filter(({ level }) => level !== 'ok');
  expect(bad.filter(({ todo }) => todo === undefined)).toEqual([]);
  return bad.map(({ level, about, text }) => `${level} ${about}: ${text}`);
}

test('of a server that is stopped and well nothing is to say', async () => {
  const found = await findings(await stoppedDataDir());
  expect(found.filter(({ level }) => level !== 'ok')).toEqual([]);
  expect(found.map(({ about }) => about)).toEqual([
    ...['files', 'disk', 'data', 'data', 'clock', 'secrets', 'certificate', 'server'],
  ]);
});

test('databases of addresses that the next start could not use are named', async () => {
  const dataDir = await stoppedDataDir();
  const [good, bad] = [join(dataDir, 'good.mmdb'), join(dataDir, 'bad.mmdb')];
  writeFileSync(good, makeMmdb({ '192.0.2.0/24': { country_code: 'DE', city: 'Berlin' } }), { mode: 0o600 });
  const [found] = (await findings(dataDir, { flags: { 'geo-database': [good] } })).filter(
    ({ about }) => about === 'addresses',
  );
  expect(found).toMatchObject({ level: 'ok', text: `"${good}" says of addresses: city, countryCode.` });
  expect(await complaints(dataDir, { flags: { 'geo-database': [good, bad] } })).toEqual([
    `fail addresses: Cannot read the database of addresses "${bad}": it does not exist`,
  ]);
});

test('certificates that failed, ended, or are about to end without a new one are named', async () => {
  const { dataDir, store } = await usedDataDir();
  const error = { kind: 'dns', message: 'ca.example says: no such name' } as const;
  const facts = { serialNumber: '1', directoryUrl: 'https://ca', notBeforeMs: nowMs - 80 * dayMs, renewAtMs: nowMs };
  const pem = { cert: 'c', key: 'k' };
  await store.write(async (tx) => {
    await tx.recordIssued('good.example', { ...facts, notAfterMs: nowMs + 30 * dayMs, pem });
    await tx.recordIssued('late.example', { ...facts, notAfterMs: nowMs + 10 * dayMs, pem });
    await tx.recordIssued('old.example', { ...facts, notAfterMs: nowMs - dayMs, pem });
    await tx.recordIssued('renewing.example', { ...facts, notAfterMs: nowMs + 30 * dayMs, pem });
    for (const name of ['failed.example', 'renewing.example']) {
      await tx.beginOrder({ name, holder: 'one', untilMs: nowMs });
      await tx.recordFailure(name, { holder: 'one', untilMs: nowMs + dayMs, error });
    }
  });
  await store.close();
  const flags = { 'acme-email': 'ops@example.com', domain: 'example.com' };
  const date = (ms: number) => new Date(ms).toISOString();
  const said = ': ca.example says: no such name. It is tried again on 2026-06-02T00:00:00.000Z.';
  expect((await complaints(dataDir, { flags })).filter((text) => text.includes('certificates:'))).toEqual([
    `fail certificates: "failed.example" got no new certificate${said}`,
    `warn certificates: "late.example" ends on ${date(nowMs + 10 * dayMs)}, and nobody has ordered a new one.`,
    `fail certificates: "old.example" has expired on ${date(nowMs - dayMs)}.`,
    `warn certificates: "renewing.example" got no new certificate, and is good until ${date(nowMs + 30 * dayMs)}${said}`,
  ]);
  // Where none are got, nobody cares.
  expect((await complaints(dataDir)).filter((text) => text.includes('certificates:'))).toEqual([]);
});

test('where there is nothing, that is the one fault', async () => {
  const missing = join(await stoppedDataDir(), 'missing');
  expect(await complaints(missing)).toEqual([`fail files: There is no directory "${missing}".`]);
});

test('an empty directory has no data', async () => {
  const empty = join(await stoppedDataDir(), 'empty');
  mkdirSync(empty, { mode: 0o700 });
  expect(await complaints(empty)).toEqual([
    expect.stringMatching(/^fail data: .*there is no data of a server in it. If it is in PostgreSQL/),
  ]);
});

test('what others on the machine can get at is named', async () => {
  const dataDir = await stoppedDataDir();
  chmodSync(dataDir, 0o755);
  chmodSync(join(dataDir, 'adit.db'), 0o644);
  expect(await complaints(dataDir)).toEqual(
    [dataDir, join(dataDir, 'adit.db')].map((path) => `fail files: Others on this machine can get at "${path}".`),
  );
});

test('damage is found', async () => {
  const dataDir = await stoppedDataDir();
  const file = join(dataDir, 'adit.db');
  writeFileSync(file, readFileSync(file).fill(0xff, 4096));
  expect(await complaints(dataDir)).toEqual([expect.stringMatching(/^fail data: .*damaged/)]);
});

test('an older schema is tried on a copy, and left as it is', async () => {
  const dataDir = await stoppedDataDir();
  const file = await makeOldDatabase(dataDir, 1);
  const before = readFileSync(file);
  expect(await complaints(dataDir)).toEqual([
    'warn data: Its schema has version 1; the next start runs 0002-control-plane, 0003-managed-certificates, 0004-logins, which went well on a copy.',
  ]);
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('a clock that is behind what was written is wrong', async () => {
  const dataDir = await stoppedDataDir();
  // The CA was made later than that, too.
  expect(await complaints(dataDir, { at: nowMs - 2 * dayMs })).toEqual([
    expect.stringMatching(/^fail clock: It is 2026-05-30T.*, earlier than the newest audit record, 2026-06-01T/),
    expect.stringMatching(/^fail certificate: .* is not valid before 2026-05-31/),
  ]);
});

test.each([
  [3_652 - 22, []],
  [3_652 - 20, ['warn certificate: '] as const],
  [3_652 + 1, ['fail certificate: '] as const],
])('a certificate is looked at %i days after it was made', async (days, expected) => {
  const dataDir = await stoppedDataDir();
  const said = await complaints(dataDir, { at: nowMs + days * dayMs });
  expect(said.map((line) => line.slice(0, 'warn certificate: '.length))).toEqual(expected);
});

test('of two certificates the operator’s own counts', async () => {
  const dataDir = await stoppedDataDir();
  const flags = { 'tls-cert': join(dataDir, 'none.pem'), 'tls-key': join(dataDir, 'none.key') };
  expect(await complaints(dataDir, { flags })).toEqual([
    `fail certificate: Cannot read "${join(dataDir, 'none.pem')}": it does not exist.`,
  ]);
});

test('a port that somebody else has is named', async () => {
  const other = createServer();
  await once(other.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  expect(await complaints(await stoppedDataDir(), { flags: { 'https-port': port } })).toEqual([
    `fail port: Port ${port} cannot be had: another program has it.`,
  ]);
});

/** Has the data directory seem to be that of a server which listens there. */
async function pretendServer(dataDir: string, answer: RequestListener): Promise<string> {
  const server = createHttpServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const nowhere = { host: 'localhost', port: 1 };
  await writeRunningServer(dataDir, {
    ...{ event: 'ready', https: nowhere, http: nowhere, connect: 'localhost:3', api: 'https://localhost:4' },
    ...{ operator: `http://localhost:${port}`, operatorAt: { host: '127.0.0.1', port }, caFile: null },
  });
  return `http://localhost:${port}/readyz`;
}

test.each<[string, RequestListener, (url: string) => string[]]>([
  ['is ready', (_, response) => response.end('ready\n'), () => []],
  [
    'is not ready',
    (_, response) => response.writeHead(503).end('not ready: the disk\n'),
    (url) => [`fail server: The server runs, and ${url} says: not ready: the disk.`],
  ],
  [
    'hangs up',
    (_, response) => void response.destroy(),
    (url) => [`fail server: The server runs, and ${url} does not answer.`],
  ],
])('a server that runs and %s', async (_, answer, expected) => {
  const { dataDir } = await usedDataDir();
  const url = await pretendServer(dataDir, answer);
  expect(await complaints(dataDir)).toEqual(expected(url));
});

test('a server that has the directory and no place yet does not listen; one that was killed does not run', async () => {
  const { dataDir, store } = await usedDataDir();
  expect(await complaints(dataDir)).toEqual(['fail server: A server has the data directory and does not listen yet.']);
  await pretendServer(dataDir, (_, response) => void response.destroy());
  await store.close();
  expect(await complaints(dataDir)).toEqual([]);
});
