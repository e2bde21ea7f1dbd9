// What the operator does on the machine of the server, with the server running and stopped: the real commands.
import { once } from 'node:events';
import { cp, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentSession } from '@adit/sdk';
import { expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { makeOldDatabase } from '../packages/server/src/store/sqlite/old-database.testkit.ts';
import { admin, adminJson, createKey } from './support/admin.ts';
import { startAgent } from './support/agent.ts';
import { run } from './support/program.ts';
import { firstRunOf, newDataDir, startServer, type TestServer } from './support/server.ts';
import { openSession } from './support/session.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, openWebSocket, visit } from './support/visitor.ts';

/** A service that says "in" and echoes on WebSockets. */
async function startService(): Promise<number> {
  const upstream = await startUpstream((_request, response) => response.end('in'));
  new WebSocketServer({ server: upstream.server }).on('connection', (socket) =>
    socket.on('message', (data) => socket.send(data)),
  );
  return upstream.port;
}

/** An open WebSocket of a visitor, and the promise of its end. */
async function visitByWebSocket(server: TestServer, url: string): Promise<{ closed: Promise<unknown> }> {
  const socket = openWebSocket(server, url);
  await once(socket, 'open');
  return { closed: once(socket, 'close') };
}

/** Resolves when the session, which tries again, has been told that code. */
function toldWhy(session: AgentSession, code: number): Promise<void> {
  return new Promise((resolve) => {
    session.on('status', (status) => {
      if (status.state === 'reconnecting' && status.error.code === code) resolve();
    });
  });
}

/** The design's bound on one node, from the moment that the command has ended. */
async function within2s(promise: Promise<unknown>, what: string): Promise<void> {
  const startedAt = performance.now();
  await promise;
  const took = performance.now() - startedAt;
  console.log(`${what}: ${took.toFixed(0)} ms after the command`);
  expect(took).toBeLessThan(2_000);
}

const apiStatus = async (server: TestServer, key: string) =>
  (await callApi(server, key, { method: 'GET', path: '/credentials' })).json['error_code'] ?? 'ok';

it('[invariant: revoked-means-now] an account comes, is suspended, works again and goes while its agent is connected', async () => {
  const server = await startServer();
  const { dataDir } = server;
  const port = await startService();
  await adminJson(dataDir, ['account', 'create', 'acme']);
  const authtoken = await createKey(dataDir, ['--account', 'acme']);
  const apiKey = await createKey(dataDir, ['--account', 'acme', '--kind', 'api_key']);
  expect([authtoken.slice(0, 8), apiKey.slice(0, 8)]).toEqual(['adit_at_', 'adit_ak_']);

  const { session, next } = await openSession(server, { authtoken });
  const { url } = await session.forward({ upstream: String(port), url: 'https://acme.localhost' });
  const ours = await startAgent(server, port, firstRunOf(server));
  expect((await visit(server, url)).body).toBe('in');
  expect(await apiStatus(server, apiKey)).toBe('ok');

  const { closed } = await visitByWebSocket(server, url);
  const told = toldWhy(session, 103);
  await adminJson(dataDir, ['account', 'suspend', 'acme']);
  await within2s(Promise.all([closed, told]), 'suspended → visitor and agent cut');
  expect((await visit(server, url)).status).toBe(404);
  expect(await apiStatus(server, apiKey)).toBe('ERR_ADIT_205');
  await expect(openSession(server, { authtoken })).rejects.toMatchObject({ code: 103 });
  // Nobody else notices.
  expect((await visit(server, ours.url)).body).toBe('in');

  const back = next('online');
  await adminJson(dataDir, ['account', 'resume', 'acme']);
  await back;
  await expect.poll(async () => (await visit(server, url)).body).toBe('in');
  expect(await apiStatus(server, apiKey)).toBe('ok');

  const { closed: closedAgain } = await visitByWebSocket(server, url);
  const asked = await admin(dataDir, ['account', 'delete', 'acme'], 'default\n');
  expect(asked).toMatchObject({ code: 2, stdout: '' });
  expect(asked.stderr).toContain('goes with 1 user, 2 credentials, 6 audit records');
  expect(asked.stderr).toContain('Its endpoints that are online, 1, go offline at once');
  expect((await visit(server, url)).body).toBe('in');
  const deleted = await admin(dataDir, ['account', 'delete', 'acme'], 'acme\n');
  expect(deleted).toMatchObject({ code: 0 });
  await within2s(closedAgain, 'deleted → visitor cut');
  expect((await visit(server, url)).status).toBe(404);
  expect(await apiStatus(server, apiKey)).toBe('ERR_ADIT_203');
  await expect(openSession(server, { authtoken })).rejects.toMatchObject({ code: 107 });

  // T28: what was made anew under the name is not what the old secrets were for.
  await adminJson(dataDir, ['account', 'create', 'acme']);
  await expect(openSession(server, { authtoken })).rejects.toMatchObject({ code: 107 });
  expect((await visit(server, ours.url)).body).toBe('in');
});

it('[invariant: revoked-means-now] a person is erased while their agent is connected: cut off, and gone from the log', async () => {
  const server = await startServer();
  const { dataDir } = server;
  await adminJson(dataDir, ['account', 'create', 'acme']);
  await adminJson(dataDir, ['user', 'create', 'zoe', '--account', 'acme']);
  const adaKey = await createKey(dataDir, ['--account', 'acme', '--user', 'admin', '--kind', 'api_key']);
  const zoesKey = await createKey(dataDir, ['--account', 'acme', '--user', 'zoe', '--kind', 'api_key']);
  const authtoken = await createKey(dataDir, ['--account', 'acme', '--user', 'zoe']);
  const made = await callApi(server, zoesKey, { method: 'POST', path: '/ip_policies', body: {} });
  const { session } = await openSession(server, { authtoken });
  const { url } = await session.forward({ upstream: String(await startService()), url: 'https://acme.localhost' });
  const { closed } = await visitByWebSocket(server, url);

  const asked = await admin(dataDir, ['user', 'erase', 'zoe', '--account', 'acme'], 'admin\n');
  expect(asked).toMatchObject({ code: 2, stdout: '' });
  expect(asked.stderr).toContain('Cannot erase the user "zoe": the name was not typed');
  expect((await visit(server, url)).body).toBe('in');
  expect(await admin(dataDir, ['user', 'erase', 'zoe', '--account', 'acme'], 'zoe\n')).toMatchObject({ code: 0 });
  await within2s(Promise.all([closed, session.closed]), 'erased → visitor and agent cut');
  expect(await apiStatus(server, zoesKey)).toBe('ERR_ADIT_203');
  const { body: text } = await callApi(server, adaKey, { method: 'GET', path: '/audit_events' });
  expect(text).toContain(String(made.json['id']));
  expect(text).toContain('"state":"erased"');
  expect(text).not.toContain('zoe');
});

it('the commands work while no server runs, and a server may start meanwhile', async () => {
  const server = await startServer();
  const { dataDir } = server;
  await server.process.stop();
  const account = await adminJson(dataDir, ['account', 'create', 'acme', '--administrator', 'ada']);
  const zoe = await adminJson(dataDir, ['user', 'create', 'zoe', '--account', 'acme']);
  await adminJson(dataDir, ['user', 'create', String(zoe['id']), '--account', 'default', '--role', 'administrator']);
  const authtoken = await createKey(dataDir, ['--account', String(account['id']), '--user', 'zoe']);
  const { users } = await adminJson(dataDir, ['user', 'list']);
  expect(
    (users as Record<string, unknown>[])
      .map(({ name, roles }) => `${name} ${(roles as { administrator: boolean }).administrator}`)
      .sort(),
  ).toEqual([...['ada true', 'admin true', 'zoe false', 'zoe true']]);
  const next = await startServer({ dataDir });
  const { session } = await openSession(next, { authtoken });
  expect((await session.forward({ upstream: '1', url: 'https://zoe.localhost' })).url).toContain('zoe.localhost');
});

it('bad input is an error that says what is wrong, with an exit code, and nothing on stdout', async () => {
  const rows: [string[], number, string][] = [
    [['account', 'create', ''], 2, 'ERR_ADIT_9120'],
    [['account', 'create', 'default'], 6, 'ERR_ADIT_9122'],
    [['account', 'suspend', 'nobody'], 5, 'ERR_ADIT_9121'],
    [['account', 'delete', 'default', '--yes'], 6, 'ERR_ADIT_9124'],
    [['user', 'create', 'zoe'], 2, 'option "--account" is missing'],
    [['user', 'create', 'zoe', '--account', 'default', '--role', 'owner'], 2, 'ERR_ADIT_9500'],
    [['key', 'create', '--account', 'default', '--user', 'nobody'], 5, 'ERR_ADIT_9121'],
    [['key', 'create', '--account', 'default', '--description', 'x'.repeat(256)], 2, 'longer than 255 bytes'],
    [['backup', '/no/such/folder/file'], 4, 'ERR_ADIT_9203'],
    [['restore', '/no/such/file'], 6, 'ERR_ADIT_9211'],
  ];
  const { dataDir } = await startServer();
  for (const [words, code, said] of rows) {
    const stderr = expect.stringContaining(said) as unknown;
    expect([words, await admin(dataDir, words)]).toEqual([words, { code, stdout: '', stderr }]);
  }
  const nowhere = join(dataDir, 'nowhere');
  expect(await admin(nowhere, ['account', 'list'])).toMatchObject({ code: 5, stdout: '' });
  expect(await readdir(dataDir)).not.toContain('nowhere');
});

it('a backup of a running server, restored on another machine, serves the same agents and API callers', async () => {
  const server = await startServer();
  const port = await startService();
  const { authtoken, apiKey } = firstRunOf(server);
  await startAgent(server, port, { authtoken, args: ['--url', 'app.localhost'] });
  const away = await newDataDir();
  const file = join(away, 'adit.backup');
  const head = await adminJson(server.dataDir, ['backup', file]);
  expect(head).toMatchObject({ accounts: 1, file });
  expect(((await stat(file)).mode & 0o777).toString(8)).toBe('600');
  const bytes = await readFile(file);
  for (const secret of [authtoken, apiKey]) expect(bytes.includes(secret.slice('adit_xx_'.length))).toBe(false);
  for (const key of ['signing.key', 'tls/ca-secret.pem']) {
    expect(bytes.includes(await readFile(join(server.dataDir, key)))).toBe(false);
  }
  await server.process.stop('SIGKILL');

  const dataDir = join(away, 'data');
  await adminJson(dataDir, ['restore', file]);
  const again = await admin(dataDir, ['restore', file]);
  expect(again).toMatchObject({ code: 6, stderr: expect.stringContaining('ERR_ADIT_9219') as unknown });
  // What the operator copies himself.
  await cp(join(server.dataDir, 'tls'), join(dataDir, 'tls'), { recursive: true });
  await cp(join(server.dataDir, 'signing.key'), join(dataDir, 'signing.key'));

  const restored = await startServer({ dataDir });
  expect(restored.ready.firstRun).toBeNull();
  // The development CA came along: who trusted it trusts this server.
  expect(restored.ca).toBe(server.ca);
  const agent = await startAgent(restored, port, { authtoken, args: ['--url', 'app.localhost'] });
  expect((await visit(restored, agent.url)).body).toBe('in');
  expect(await apiStatus(restored, apiKey)).toBe('ok');
  expect((await readdir(dataDir)).filter((name) => name.startsWith('restoring'))).toEqual([]);
});

it('restored without its keys, a server makes new ones, and the old credentials work', async () => {
  const server = await startServer();
  const { authtoken } = firstRunOf(server);
  const [dataDir, file] = [await newDataDir(), join(await newDataDir(), 'backup')];
  await adminJson(server.dataDir, ['backup', file]);
  await adminJson(dataDir, ['restore', file]);
  const restored = await startServer({ dataDir });
  expect(restored.ca).not.toBe(server.ca);
  const { session } = await openSession(restored, { authtoken });
  expect((await session.forward({ upstream: '1', url: 'https://app.localhost' })).url).toContain('app.localhost');
});

it('data of the first version is upgraded by the next start, and goes back by the backup that it made', async () => {
  const home = await newDataDir();
  const dataDir = join(home, 'data');
  await makeOldDatabase(dataDir, 1);
  expect(await admin(dataDir, ['account', 'list'])).toMatchObject({ code: 6, stdout: '' });
  const plan = await adminJson(dataDir, ['migrate', '--check']);
  expect(plan).toMatchObject({
    schema_version: 1,
    pending: expect.arrayContaining(['0002-control-plane']) as unknown,
  });
  expect(await adminJson(dataDir, ['migrate', '--check'])).toEqual(plan);

  const server = await startServer({ dataDir });
  expect(server.ready.firstRun).toBeNull();
  expect((await adminJson(dataDir, ['migrate', '--check']))['pending']).toEqual([]);
  const { accounts } = (await adminJson(dataDir, ['account', 'list'])) as {
    accounts: { name: string; users: number }[];
  };
  expect(accounts.map(({ name, users }) => [name, users])).toEqual([
    ['default', 2],
    ["Zoë's team; -- 株式会社", 3],
    ['default', 0],
  ]);
  // Two accounts of one name are told apart by id.
  expect(await admin(dataDir, ['account', 'suspend', 'default'])).toMatchObject({ code: 6 });
  await server.process.stop();
  const again = join(home, 'again');
  const head = await adminJson(again, ['restore', join(dataDir, 'backups', 'schema-1.adit-backup')]);
  expect(head).toMatchObject({ schema_version: 1, accounts: 3 });
});

/** The commands of the how-to, as somebody would paste them one after the other. */
async function shellOfHowTo(): Promise<string> {
  const page = await readFile(new URL('../docs/how-to/operate.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, commands = '']) => commands);
  expect(blocks).toHaveLength(9);
  return blocks.join('\n');
}

it('docs/how-to/operate.md does what it says', async () => {
  const home = await newDataDir();
  const dataDir = join(home, '.local', 'share', 'adit');
  const server = await startServer({ dataDir });
  const aditCommand = new URL('../packages/cli/bin/adit.mjs', import.meta.url).pathname;
  const npx = `npx() { shift; '${process.execPath}' '${aditCommand}' "$@"; }`;
  const script = `set -euo pipefail\ncd "$HOME"\n${npx}\n${await shellOfHowTo()}`;
  const ended = await run(['bash', '-c', script], { env: { HOME: home, XDG_DATA_HOME: '' } });
  expect([ended.code, ended.stderr]).toEqual([
    0,
    expect.stringMatching(/^The authtoken .*\nThe API key .*\nThe password of the user "mia" .*\n$/),
  ]);
  for (const said of [
    /^Created the account "acme" \(ac_\w+\) with the administrator "ada"/m,
    /^zoe +usr_\w+ +developer +acme +keys only/m,
    /^mia +usr_\w+ +developer +acme +new password/m,
    /^The account "acme" \(ac_\w+\) is suspended now\.$/m,
    /^Deleted the account "acme" \(ac_\w+\) with 2 users, 1 credential, 10 audit records\.$/m,
    /^Erased the user "zoe" from the account "acme"\. Backups from before/m,
    /^Backed up 1 account \(/m,
    /^Restored 1 account \(/m,
    /^Everything is encrypted with the new key "[0-9a-f]{16}"; 0 secrets encrypted anew\.$/m,
    /^ok +server +No server runs/m,
    /^The database has schema version \d+, the newest: nothing to do\.$/m,
    /^ok +server +The server runs, and is ready/m,
  ]) {
    expect(ended.stdout).toMatch(said);
  }
  expect(await readFile(join(home, 'zoe.authtoken'), 'utf8')).toMatch(/^adit_at_[\w-]{43}\n$/);
  expect(await readFile(join(home, 'mia.password'), 'utf8')).toMatch(/^[a-z2-7-]{19}\n$/);
  expect(await readFile(join(home, 'new-secrets-key'), 'utf8')).toMatch(/^[\w-]{43}\n$/);
  const restored = await startServer({ dataDir: join(home, 'restored') });
  expect(await apiStatus(restored, firstRunOf(server).apiKey)).toBe('ok');
});
