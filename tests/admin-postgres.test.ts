// What the operator does where the data is in PostgreSQL: the real commands, servers and database.
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import {
  isPostgresInstalled,
  type PostgresServer,
  startPostgres,
} from '../packages/server/src/store/postgres/postgres-server.testkit.ts';
import { admin, adminJson, createKey } from './support/admin.ts';
import { startAgent } from './support/agent.ts';
import { run } from './support/program.ts';
import { firstRunOf, newDataDir, startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, openWebSocket, visit } from './support/visitor.ts';

const aditCommand = new URL('../packages/cli/bin/adit.mjs', import.meta.url).pathname;

/** A service that says "in" and greets on WebSockets. */
async function startService(): Promise<number> {
  const upstream = await startUpstream((_request, response) => response.end('in'));
  new WebSocketServer({ server: upstream.server }).on('connection', (socket) => socket.send('hello'));
  return upstream.port;
}

const apiStatus = async (server: TestServer, key: string) =>
  (await callApi(server, key, { method: 'GET', path: '/credentials' })).json['error_code'] ?? 'ok';

describe.skipIf(!isPostgresInstalled)('adit admin on PostgreSQL', () => {
  let postgres: PostgresServer;

  beforeAll(async () => {
    postgres = await startPostgres();
  }, 60_000);
  afterAll(() => postgres.close());

  /** A data directory beside a new database, and the words that name the database. */
  async function newPlace(): Promise<{ dataDir: string; url: readonly string[] }> {
    const dataDir = await newDataDir();
    const file = join(dataDir, 'database-url');
    await writeFile(file, postgres.url(await postgres.createDatabase()), { mode: 0o600 });
    return { dataDir, url: ['--database-url-file', file] };
  }

  it('[invariant: revoked-means-now] every server on the database acts on what a command changes', async () => {
    const { dataDir, url } = await newPlace();
    const server = await startServer({ dataDir, args: url });
    const other = await startServer({ args: url });
    const port = await startService();
    await adminJson(dataDir, ['account', 'create', 'acme', ...url]);
    await adminJson(dataDir, ['user', 'create', 'zoe', '--account', 'acme', ...url]);
    const authtoken = await createKey(dataDir, ['--account', 'acme', '--user', 'zoe', ...url]);
    const apiKey = await createKey(dataDir, ['--account', 'acme', '--user', 'admin', '--kind', 'api_key', ...url]);
    expect(await apiStatus(server, apiKey)).toBe('ok');
    const ours = await startAgent(server, port, firstRunOf(server));

    for (const [words, code] of [
      [['account', 'suspend', 'acme'], 'ERR_ADIT_205'],
      [['account', 'delete', 'acme', '--yes'], 'ERR_ADIT_203'],
    ] as const) {
      await adminJson(dataDir, ['account', 'resume', 'acme', ...url]);
      const agents = [await startAgent(server, port, { authtoken }), await startAgent(other, port, { authtoken })];
      const sockets = [openWebSocket(server, agents[0]?.url ?? ''), openWebSocket(other, agents[1]?.url ?? '')];
      await Promise.all(sockets.map((socket) => once(socket, 'message')));
      const closed = Promise.all(sockets.map((socket) => once(socket, 'close')));
      await adminJson(dataDir, [...words, ...url]);
      const endedAt = performance.now();
      await closed;
      console.log(`${words[1]} on PostgreSQL → cut on two servers: ${(performance.now() - endedAt).toFixed(0)} ms`);
      expect(performance.now() - endedAt).toBeLessThan(2_000);
      expect([await apiStatus(server, apiKey), await apiStatus(other, apiKey)]).toEqual([code, code]);
      for (const agent of agents) await agent.process.stop();
    }
    expect((await visit(server, ours.url)).body).toBe('in');
    const { accounts } = (await adminJson(dataDir, ['account', 'list', ...url])) as { accounts: { name: string }[] };
    expect(accounts.map(({ name }) => name)).toEqual(['default']);
  });

  it('the commands work while no server runs, and say what is wrong without the password', async () => {
    const { dataDir, url } = await newPlace();
    const words = ['account', 'list', ...url];
    const empty = await admin(dataDir, words);
    expect(empty).toMatchObject({ code: 5, stdout: '', stderr: expect.stringContaining('ERR_ADIT_9260') as unknown });
    const server = await startServer({ dataDir, args: url });
    await server.process.stop();
    await adminJson(dataDir, ['account', 'create', 'acme', ...url]);
    const { users } = await adminJson(dataDir, ['user', 'list', ...url]);
    expect(users).toHaveLength(2);
    expect(await adminJson(dataDir, ['migrate', '--check', ...url])).toMatchObject({ pending: [] });
    const doctor = await admin(dataDir, ['doctor', ...url]);
    expect([doctor.code, doctor.stdout]).toEqual([
      0,
      expect.stringMatching(/^ok +data +The database "adit_\d+" on .* answers; /m),
    ]);
    const log = join(dataDir, 'log.jsonl');
    const audit = (...more: string[]) => run([process.execPath, aditCommand, 'audit', ...more]);
    const exported = await audit('export', '--account', 'acme', '--output', log, '--data-dir', dataDir, ...url);
    expect([exported.code, exported.stderr]).toEqual([0, expect.stringMatching(/^Exported 2 records of /)]);
    expect(await audit('verify', log)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^2 records, /) as unknown,
    });
    for (const [attempt, todo] of [
      ['backup', 'pg_dump'],
      ['restore', 'pg_restore'],
    ]) {
      const refused = await admin(dataDir, [String(attempt), join(dataDir, 'file'), ...url]);
      expect(refused).toMatchObject({
        code: 6,
        stdout: '',
        stderr: expect.stringContaining('ERR_ADIT_9263') as unknown,
      });
      expect(refused.stderr).toContain(`Use ${todo}, and `);
    }
    // Without a word of the database it is not there; a wrong one is named.
    expect(await admin(dataDir, ['account', 'list'])).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('in PostgreSQL, name the database') as unknown,
    });
    await writeFile(join(dataDir, 'wrong'), 'postgresql://adit:hunter2@127.0.0.1:1/adit');
    const nowhere = await admin(dataDir, ['account', 'list', '--database-url-file', join(dataDir, 'wrong')]);
    expect(nowhere).toMatchObject({ code: 8, stderr: expect.stringContaining('"127.0.0.1:1" as "adit"') as unknown });
    expect(nowhere.stderr).not.toContain('hunter2');
  });

  it('docs/how-to/use-postgresql.md: what was dumped serves the same agents and API callers from a new database', async () => {
    const home = await newDataDir();
    const dataDir = join(home, '.local', 'share', 'adit');
    await postgres.query('create database adit owner adit');
    const urlOf = (database: string) => postgres.url({ user: 'adit', database });
    await writeFile(join(home, 'url'), urlOf('adit'));
    await writeFile(join(home, 'restored-url'), urlOf('adit_restored'));
    const server = await startServer({ dataDir, args: ['--database-url-file', join(home, 'url')] });
    const { authtoken, apiKey } = firstRunOf(server);
    const vault = { method: 'POST', path: '/vaults', body: { name: 'keys' } } as const;
    const { id: vault_id } = (await callApi(server, apiKey, vault)).json;
    const body = { name: 'one', value: 'kept secret', vault_id };
    expect((await callApi(server, apiKey, { method: 'POST', path: '/vault_secrets', body })).status).toBe(201);

    const page = await readFile(new URL('../docs/how-to/use-postgresql.md', import.meta.url), 'utf8');
    const blocks = [...page.matchAll(/^## (?:Back up|Restore)\n[^]*?```sh\n([^]*?)^```$/gm)].map(([, text]) => text);
    expect(blocks).toHaveLength(2);
    const npx = `npx() { shift; '${process.execPath}' '${aditCommand}' "$@"; }`;
    const script = ['set -euo pipefail', 'cd "$HOME"', npx, 'sudo() { shift 2; "$@"; }', ...blocks].join('\n');
    const { hostname, port, username, password } = new URL(postgres.url());
    const login = { PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: decodeURIComponent(password) };
    const ended = await run(['bash', '-c', script], { env: { HOME: home, XDG_DATA_HOME: '', ...login } });
    expect([ended.code, ended.stderr, ended.stdout]).toEqual([
      0,
      '',
      expect.stringMatching(/^ok +data +The database/m),
    ]);

    await server.process.stop('SIGKILL');
    await postgres.query('drop database adit with (force)');
    const args = ['--database-url-file', join(home, 'restored-url')];
    const restored = await startServer({ dataDir: join(home, 'restored'), args });
    expect([restored.ready.firstRun, restored.ca]).toEqual([null, server.ca]);
    const agent = await startAgent(restored, await startService(), { authtoken });
    expect((await visit(restored, agent.url)).body).toBe('in');
    expect(await apiStatus(restored, apiKey)).toBe('ok');
    expect(await adminJson(join(home, 'restored'), ['account', 'list', ...args])).toMatchObject({
      accounts: [{ users: 1 }],
    });
  });
});
