// The secrets key is replaced under a running server: the real command, killed in the middle and run again.
import { once } from 'node:events';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { newId } from '../packages/contracts/src/index.ts';
import { systemClock as clock } from '../packages/server/src/clock/system-clock.ts';
import type { DatabaseAddress } from '../packages/server/src/domain/database-address.ts';
import type { DocumentKey } from '../packages/server/src/domain/document.ts';
import type { Store } from '../packages/server/src/domain/store.ts';
import { openKeyRing } from '../packages/server/src/secrets/open-key-ring.ts';
import { openPostgresStore } from '../packages/server/src/store/postgres/open-postgres-store.ts';
import {
  isPostgresInstalled,
  type PostgresServer,
  startPostgres,
} from '../packages/server/src/store/postgres/postgres-server.testkit.ts';
import { openSqliteStore } from '../packages/server/src/store/sqlite/open-sqlite-store.ts';
import { admin, adminJson } from './support/admin.ts';
import { startAdit } from './support/process.ts';
import { firstRunOf, newDataDir, startServer, type TestServer } from './support/server.ts';
import { callApi } from './support/visitor.ts';

interface Place {
  readonly dataDir: string;
  readonly database: DatabaseAddress | null;
  readonly env: Record<string, string>;
}

const kinds = ['SQLite', ...(isPostgresInstalled ? ['PostgreSQL'] : [])];

let postgres: PostgresServer | undefined;
beforeAll(async () => {
  if (isPostgresInstalled) postgres = await startPostgres();
}, 60_000);
afterAll(() => postgres?.close());

async function newPlace(kind: string): Promise<Place> {
  const dataDir = await newDataDir();
  if (kind === 'SQLite' || !postgres) return { dataDir, database: null, env: {} };
  const database = await postgres.createDatabase();
  return { dataDir, database, env: { ADIT_DATABASE_URL: postgres.url(database) } };
}

/** The store beside the server, with the keys that are in the file now. */
async function openBeside({ dataDir, database: address }: Place): Promise<Store> {
  const openSealer = (sealed: readonly Uint8Array[]) => openKeyRing({ file: join(dataDir, 'secrets.key') }, sealed);
  const store = address
    ? await openPostgresStore({ address, clock, openSealer, mayMigrate: false })
    : await openSqliteStore({ dataDir, clock, openSealer, beside: true });
  onTestFinished(() => store.close());
  return store;
}

const diesAtAWord = { NODE_OPTIONS: `--import=${new URL('support/die-at-a-word.ts', import.meta.url).pathname}` };

/** So many documents of the first account, each with a secret that says which it is, in one change. */
async function addSecrets(store: Store, count: number): Promise<DocumentKey[]> {
  const accountId = (await store.findFirstAdministrator())?.accountId ?? 'ac_';
  const common = { accountId, kind: 'vault', parentId: null, description: '', metadata: '', revision: 1 } as const;
  return store.write(async (tx) => {
    const keys: DocumentKey[] = [];
    for (let i = 0; i < count; i++) {
      const document = { ...common, id: newId('vault', i), createdAtMs: 1, updatedAtMs: 1, body: { name: `v${i}` } };
      await tx.insertDocument(document, { references: [], claims: [] });
      await tx.putSecret(document, Buffer.from(`secret of ${document.id}`));
      keys.push(document);
    }
    return keys;
  });
}

const readable = async (store: Store, keys: readonly DocumentKey[]) => {
  const read = await Promise.all(keys.map((key) => store.readSecret(key)));
  return read.filter((bytes, i) => Buffer.from(bytes ?? []).toString() === `secret of ${keys[i]?.id}`).length;
};

const keyIds = async (dataDir: string) =>
  (await readFile(join(dataDir, 'secrets.key'), 'utf8'))
    .split('\n')
    .slice(1, -1)
    .map((line) => line.split(' ')[0]);

/** Makes vault secrets by the API, one after the other, until it is told to stop, and one more then. Answers how many; none failed. */
function keepMaking(server: TestServer, apiKey: string): () => Promise<number> {
  let isStopped = false;
  const made = (async () => {
    const vault = await callApi(server, apiKey, { method: 'POST', path: '/vaults', body: { name: 'live' } });
    for (let i = 0; ; i++) {
      const isLast = isStopped;
      const body = { name: `s${i}`, value: `value ${i}`, vault_id: vault.json['id'] };
      const { status } = await callApi(server, apiKey, { method: 'POST', path: '/vault_secrets', body });
      expect(status).toBe(201);
      if (isLast) return i + 1;
    }
  })();
  return async () => {
    isStopped = true;
    return await made;
  };
}

it.each(kinds)(
  'on %s, a rotation under load that is killed in the middle is finished by the next',
  async (kind) => {
    const place = await newPlace(kind);
    const { dataDir, env } = place;
    const server = await startServer(place);
    const { apiKey } = firstRunOf(server);
    const keys = await addSecrets(await openBeside(place), 1_500);
    const [before] = await keyIds(dataDir);
    const stopMaking = keepMaking(server, apiKey);

    const killed = startAdit(['admin', 'rotate-key', '--data-dir', dataDir], { ...env, ...diesAtAWord });
    await once(killed.child, 'close');
    expect(killed.child.signalCode).toBe('SIGKILL');
    expect(killed.stderr()).toBe('1000 secrets encrypted anew so far\n');
    const [half, old] = await keyIds(dataDir);
    expect([old, half === before]).toEqual([before, false]);
    expect(await readable(await openBeside(place), keys)).toBe(keys.length);

    const finished = startAdit(['admin', 'rotate-key', '--json', '--data-dir', dataDir], env);
    const said = JSON.parse(await finished.waitFor((line) => line)) as Record<string, unknown>;
    expect(said).toMatchObject({ key_id: half, kind: 'finished', dropped: [before] });
    expect(await finished.stop()).toBe(0);
    const made = await stopMaking();
    console.log(
      `${kind}: killed after 1000 of ${keys.length}, then moved ${String(said['moved'])}; made meanwhile: ${made}`,
    );
    expect(made).toBeGreaterThan(0);
    expect(await keyIds(dataDir)).toEqual([half]);

    // The server, as it runs and after a restart, and whoever opens the data anew have all of it.
    const newest = async (at: TestServer) => {
      const { json } = await callApi(at, apiKey, { method: 'GET', path: '/audit_events?limit=1' });
      return json['audit_events'];
    };
    const last = await newest(server);
    expect(last).toMatchObject([{ action: 'secret.create', principal: { state: 'known', name: 'admin' } }]);
    await server.process.stop();
    expect(await newest(await startServer(place))).toEqual(last);
    const store = await openBeside(place);
    expect(await readable(store, keys)).toBe(keys.length);
    const { accountId } = keys[0] as DocumentKey;
    const records = await store.listAudit(accountId, 10_000);
    const rotations = records.filter(({ action }) => action === 'store.rotate_key');
    expect(rotations).toMatchObject([{ actorState: 'server', details: { keyId: half } }]);
    const live = await store.listDocuments({ accountId, kind: 'secret', limit: 10_000 });
    const values = await Promise.all(live.map((key) => store.readSecret(key)));
    expect(values.map((bytes) => Buffer.from(bytes ?? []).toString())).toEqual(
      Array.from({ length: made }, (_, i) => `value ${made - 1 - i}`),
    );
  },
  180_000,
); // Four processes that start, and thousands of secrets sealed and opened three times.

it('a rotation while no server runs; a backup from before opens with the copy of the keys from before', async () => {
  const place = await newPlace('SQLite');
  const { dataDir } = place;
  const server = await startServer(place);
  const [key] = await addSecrets(await openBeside(place), 1);
  await server.process.stop();
  const away = await newDataDir();
  const [backup, oldKeys] = [join(away, 'backup'), join(away, 'old.key')];
  await adminJson(dataDir, ['backup', backup]);
  await copyFile(join(dataDir, 'secrets.key'), oldKeys);

  const kept = await adminJson(dataDir, ['rotate-key', '--keep-older-keys']);
  expect([kept['kind'], kept['moved'], kept['dropped']]).toEqual(['new', 1, []]);
  expect(await keyIds(dataDir)).toHaveLength(2);
  const rotated = await adminJson(dataDir, ['rotate-key']);
  expect([rotated['kind'], rotated['moved'], await keyIds(dataDir)]).toEqual(['new', 1, [rotated['key_id']]]);
  expect(rotated['dropped']).toHaveLength(2);

  const restored = join(away, 'restored');
  await adminJson(restored, ['restore', backup]);
  await copyFile(join(dataDir, 'secrets.key'), join(restored, 'secrets.key'));
  const refused = await admin(restored, ['account', 'list']);
  expect(refused).toMatchObject({ code: 8, stderr: expect.stringContaining('ERR_ADIT_9240') as unknown });
  const doctor = await admin(restored, ['doctor']);
  expect([doctor.code, doctor.stdout]).toEqual([
    8,
    expect.stringMatching(/^fail +secrets +.*the key "[0-9a-f]{16}" is missing/m),
  ]);
  await copyFile(oldKeys, join(restored, 'secrets.key'));
  const store = await openBeside({ dataDir: restored, database: null, env: {} });
  expect(Buffer.from((await store.readSecret(key as DocumentKey)) ?? []).toString()).toBe(`secret of ${key?.id}`);
});

it('keys of the environment are rotated there; the command moves what is stored, and says so', async () => {
  const place = await newPlace('SQLite');
  const { dataDir } = place;
  const [first, second] = ['A', 'B'].map((letter) => Buffer.alloc(32, letter).toString('base64url'));
  const server = await startServer({ ...place, env: { ADIT_SECRETS_KEY: String(first) } });
  const vault = await callApi(server, firstRunOf(server).apiKey, {
    method: 'POST',
    path: '/vaults',
    body: { name: 'v' },
  });
  expect(vault.status).toBe(201);
  await server.process.stop();
  const rotate = async (variable: string) => {
    const run = startAdit(['admin', 'rotate-key', '--data-dir', dataDir], { ADIT_SECRETS_KEY: variable });
    const code = await once(run.child, 'close').then(() => run.child.exitCode);
    return { code, said: run.lines.join('\n') + run.stderr() };
  };
  const refused = await rotate(String(first));
  expect(refused).toMatchObject({ code: 6, said: expect.stringContaining('Put a new one in front of it') as unknown });
  const moved = await rotate(`${second},${first}`);
  expect(moved).toMatchObject({ code: 0, said: expect.stringContaining('1 secret encrypted anew') as unknown });
  for (const key of [first, second]) expect(refused.said + moved.said).not.toContain(key);
  await startServer({ ...place, env: { ADIT_SECRETS_KEY: String(second) } });
});
