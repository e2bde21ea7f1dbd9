// Nothing acknowledged is lost: a recorder outside writes by the API without pause, and what it was told is compared with what
// is there. Each fault prints a line of the crash table. ADIT_KILLS=20 has each of them 20 times.
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  isPostgresInstalled,
  type PostgresServer,
  startPostgres,
} from '../packages/server/src/store/postgres/postgres-server.testkit.ts';
import { startAgent } from './support/agent.ts';
import { Recording } from './support/recording.ts';
import { requires } from './support/requires.ts';
import { firstRunOf, newPlace, startServer } from './support/server.ts';
import { mountSmallDisk } from './support/small-disk.ts';
import { tears, tearWal } from './support/torn-wal.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, visit } from './support/visitor.ts';

const asked = process.env['ADIT_KILLS'];
const timesOf = (usual: number): number => Number(asked ?? usual);
const timeoutMs = 60_000 + 15_000 * Number(asked ?? 0);

/** A random moment is the point of these tests, not a wait for something. */
const aMoment = () => sleep(randomInt(0, 50));

/** Only after the recorder's ids were looked for is there something to say. */
function row(fault: string, times: number, acknowledged: number): void {
  console.log(`crash table | ${fault} | ${times} times | ${acknowledged} acknowledged | 0 lost`);
}

it('[invariant: nothing-acknowledged-is-lost] SIGKILL of the server', { timeout: timeoutMs }, async () => {
  const times = timesOf(5);
  const place = await newPlace();
  let server = await startServer(place);
  const recording = await Recording.start(server);
  let acknowledged = 0;
  for (let kill = 0; kill < times; kill++) {
    await recording.goesOn();
    await aMoment();
    await server.process.stop('SIGKILL');
    server = await startServer(place);
    acknowledged = await recording.nothingIsLost(server);
  }
  row('SIGKILL of the server', times, acknowledged);
});

it('[invariant: nothing-acknowledged-is-lost] a torn write-ahead log', { timeout: timeoutMs }, async () => {
  const times = timesOf(tears.length);
  const place = await newPlace();
  let server = await startServer(place);
  const recording = await Recording.start(server);
  let acknowledged = 0;
  for (let cut = 0; cut < times; cut++) {
    await recording.goesOn();
    await aMoment();
    await server.process.stop('SIGKILL');
    await tearWal(join(place.dataDir, 'adit.db-wal'), tears[cut % tears.length] ?? 'zeros');
    server = await startServer(place);
    acknowledged = await recording.nothingIsLost(server);
  }
  await recording.goesOn();
  row('SIGKILL, and the end of the write-ahead log torn', times, acknowledged);
});

it('[invariant: nothing-acknowledged-is-lost] a full disk', { timeout: timeoutMs }, async (context) => {
  requires(context, ['unshare', 'nsenter']);
  const times = timesOf(2);
  const { dir: dataDir, under, root, fill } = await mountSmallDisk(context, 12);
  const place = { ...(await newPlace()), dataDir, under, root };
  let server = await startServer(place);
  const firstRun = firstRunOf(server);
  const recording = await Recording.start(server);
  const call = (method: string) =>
    callApi(server, recording.apiKey, { method, path: '/credentials', ...(method === 'POST' && { body: {} }) });
  const upstream = await startUpstream((_request, response) => response.end('served'));
  let acknowledged = 0;
  for (let full = 0; full < times; full++) {
    await recording.goesOn();
    const agent = await startAgent(server, upstream.port, firstRun);
    const free = await fill();
    // The log has some space of its own left. Not too often: the calls of an account are limited.
    const refused = { timeout: 20_000, interval: 50 };
    await expect.poll(async () => (await call('POST')).json['error_code'], refused).toBe('ERR_ADIT_9214');
    expect([(await call('POST')).status, (await call('GET')).status]).toEqual([503, 200]);
    expect((await visit(server, agent.url)).body).toBe('served');
    expect(server.process.child.exitCode).toBeNull();
    await free();
    await recording.goesOn();
    await agent.process.stop();
    await server.process.stop('SIGKILL');
    server = await startServer(place);
    acknowledged = await recording.nothingIsLost(server);
  }
  row('full disk, freed again, then SIGKILL', times, acknowledged);
});

let postgres: PostgresServer | undefined;
beforeAll(async () => {
  if (isPostgresInstalled) postgres = await startPostgres();
}, 60_000);
afterAll(() => postgres?.close());

const ends = ['fast restart', 'restart as after a crash', 'SIGKILL of a process'] as const;

/** Resolves when it has happened and the database takes connections again. */
async function disturb(database: PostgresServer, end: (typeof ends)[number]): Promise<void> {
  if (end !== 'SIGKILL of a process') return database.restart(end === 'fast restart' ? 'fast' : 'immediate');
  const [{ pid } = {}] = await database.query("select pid from pg_stat_activity where application_name = 'adit'");
  // The others throw away what they share with it, and recover from the log.
  process.kill(Number(pid), 'SIGKILL');
}

it.skipIf(!isPostgresInstalled)(
  '[invariant: nothing-acknowledged-is-lost] PostgreSQL goes away under the server',
  { timeout: timeoutMs },
  async () => {
    if (!postgres) return;
    const times = timesOf(1);
    const server = await startServer({ env: { ADIT_DATABASE_URL: postgres.url(await postgres.createDatabase()) } });
    const recording = await Recording.start(server);
    let before = 0;
    for (const end of ends) {
      for (let i = 0; i < times; i++) {
        await recording.goesOn();
        await aMoment();
        await disturb(postgres, end);
      }
      await recording.goesOn();
      const acknowledged = await recording.nothingIsLost(server);
      row(`PostgreSQL: ${end}`, times, acknowledged - before);
      before = acknowledged;
    }
  },
);
