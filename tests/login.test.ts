// People log in: what the operator gives them, what they choose, and what nobody gets who is not them. The real commands.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { codeOf, stepAt } from '../packages/server/src/control/login/totp.ts';
import {
  isPostgresInstalled,
  type PostgresServer,
  startPostgres,
} from '../packages/server/src/store/postgres/postgres-server.testkit.ts';
import { admin, adminJson, createKey } from './support/admin.ts';
import { decodeBase32, logInByApi } from './support/login.ts';
import { type Ended, run } from './support/program.ts';
import { newDataDir, startServer, type TestServer } from './support/server.ts';
import { openSession } from './support/session.ts';
import { callApi } from './support/visitor.ts';

const aditCommand = new URL('../packages/cli/bin/adit.mjs', import.meta.url).pathname;
const account = ['--account', 'acme'] as const;

// Up to a dozen commands one after the other, each a process that hashes a password: nearly a minute where eight others compute.
vi.setConfig({ testTimeout: 180_000 });

interface Place {
  readonly server: TestServer;
  readonly home: string;
  /** Words that name the database, if it is not that of the data directory. */
  readonly database: readonly string[];
}

async function startPlace(database: readonly string[] = [], dataDir?: string): Promise<Place> {
  const server = await startServer({ args: database, ...(dataDir !== undefined && { dataDir }) });
  return { server, home: await newDataDir(), database };
}

/** An account with zoe, who has a password of the operator's. */
async function addZoe({ server: { dataDir }, database }: Place): Promise<string> {
  await adminJson(dataDir, ['account', 'create', 'acme', ...database]);
  await adminJson(dataDir, ['user', 'create', 'zoe', ...account, ...database]);
  const { code, stdout, stderr } = await admin(dataDir, ['user', 'reset-password', 'zoe', ...account, ...database]);
  expect([code, stderr]).toEqual([
    0,
    expect.stringMatching(/^The password of the user "zoe" \(usr_\w+\), shown only now/),
  ]);
  expect(stdout).toMatch(/^[a-z2-7]{4}(-[a-z2-7]{4}){3}\n$/);
  return stdout.trim();
}

const wordsOf = ({ server }: Place, words: readonly string[]) => [
  ...[process.execPath, aditCommand, ...words, '--server', server.ready.api, '--api-cas', server.caFile],
  ...['--user', 'zoe', ...account],
];
const envOf = ({ home }: Place) => ({ HOME: home, XDG_CONFIG_HOME: join(home, 'config'), ADIT_CONFIG: '' });

/** `adit login` with these lines as standard input. */
function logIn(place: Place, lines: readonly string[], more: readonly string[] = []): Promise<Ended> {
  return run(wordsOf(place, ['login', ...more]), { input: `${lines.join('\n')}\n`, env: envOf(place) });
}

async function authtokenIn({ home }: Place): Promise<string> {
  const config = await readFile(join(home, 'config', 'adit', 'adit.yml'), 'utf8');
  return /authtoken: (adit_at_\S+)/.exec(config)?.[1] ?? '';
}

/** Sets up an app; answers its seed, the step of the code that it showed, and the recovery codes. */
async function addMfa(place: Place, password: string) {
  const [program = '', ...words] = wordsOf(place, ['mfa', 'add']);
  const child = spawn(program, words, { env: { ...process.env, ...envOf(place) }, stdio: ['pipe', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const printed = text(child.stdout);
  child.stdin.write(`${password}\n`);
  let said = '';
  const seed = await new Promise<Uint8Array>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (words: string) => {
      said += words;
      const [, secret] = /^([A-Z2-7]{32})$/m.exec(said) ?? [];
      if (secret !== undefined) resolve(decodeBase32(secret));
    });
    child.on('close', () => reject(new Error(`adit mfa add has ended: ${said}`)));
  });
  const step = stepAt(Date.now());
  child.stdin.end(`${codeOf(seed, step)}\n`);
  const [code] = (await once(child, 'close')) as [number];
  expect([code, said]).toEqual([0, expect.stringContaining('▄')]);
  const recoveryCodes = (await printed).trim().split('\n');
  expect(recoveryCodes).toHaveLength(10);
  return { seed, step, recoveryCodes };
}

const refused = { code: 3, stdout: '', stderr: expect.stringContaining('(ERR_ADIT_9140)') as unknown };
const isIn = { code: 0, stderr: '' };

it('[invariant: no-secret-leaves] a person logs in with a password of the operator, changes it, and has an agent by that', async () => {
  const place = await startPlace();
  const { server } = place;
  const given = await addZoe(place);
  const [chosen, next] = ['drei Wörter nebeneinander', 'vier Wörter nebeneinander'];
  expect(await logIn(place, [given])).toMatchObject({ code: 2, stdout: '' });
  expect(await logIn(place, [given, 'short'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('(ERR_ADIT_9144)') as unknown,
  });
  const first = await logIn(place, [given, chosen]);
  expect(first).toMatchObject({ code: 0, stderr: 'adit: this password must be changed now\n' });
  expect(first.stdout).toBe(
    `Logged in at ${new URL(server.ready.api).host}. The authtoken is in "${join(place.home, 'config/adit/adit.yml')}" now.\n`,
  );
  const { session } = await openSession(server, { authtoken: await authtokenIn(place) });
  expect((await session.forward({ upstream: '1', url: 'https://zoe.localhost' })).url).toContain('zoe.localhost');

  expect(await logIn(place, [given])).toEqual(refused);
  expect(await logIn(place, [chosen, next], ['--new-password'])).toMatchObject(isIn);
  expect(await logIn(place, [chosen])).toEqual(refused);
  expect(await logIn(place, [next])).toMatchObject(isIn);
  const inArgv = await logIn(place, [], ['--password', next]);
  expect(inArgv).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('others on this machine can read it') as unknown,
  });

  // With the server stopped as well.
  await server.process.stop();
  const again = await admin(server.dataDir, ['user', 'reset-password', 'zoe', ...account]);
  const { users } = await adminJson(server.dataDir, ['user', 'list', ...account]);
  expect(users).toMatchObject([{ has_password: false }, { has_password: true, must_change_password: true }]);
  const restarted = { ...place, server: await startServer({ dataDir: server.dataDir }) };
  expect(await logIn(restarted, [next])).toEqual(refused);
  expect(await logIn(restarted, [again.stdout.trim(), next])).toMatchObject({ code: 0 });
});

it('a second factor: set up, asked for, good once, and taken away by the operator', async () => {
  const place = await startPlace();
  const { dataDir } = place.server;
  const chosen = 'drei Wörter nebeneinander';
  await logIn(place, [await addZoe(place), chosen]);
  const { seed, step, recoveryCodes } = await addMfa(place, chosen);
  const [recovery = '', other = ''] = recoveryCodes;
  const list = await admin(dataDir, ['user', 'list', ...account]);
  expect(list.stdout).toMatch(/^zoe +usr_\w+ +developer +acme +password, code +2/m);

  expect(await logIn(place, [chosen])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Code of your app') as unknown,
  });
  // The one that set it up is used; that of the next step is taken early.
  expect(await logIn(place, [chosen, codeOf(seed, step)])).toEqual(refused);
  const code = codeOf(seed, step + 1);
  expect(await logIn(place, [chosen, code])).toMatchObject(isIn);
  expect(await logIn(place, [chosen, code])).toEqual(refused);
  expect(await logIn(place, [chosen, recovery.toUpperCase()])).toMatchObject(isIn);
  expect(await logIn(place, [chosen, recovery])).toEqual(refused);

  const removed = await run(wordsOf(place, ['mfa', 'remove']), {
    input: `${[chosen, other, recoveryCodes[2]].join('\n')}\n`,
    env: envOf(place),
  });
  expect(removed).toMatchObject({ code: 0, stdout: expect.stringContaining('the password alone') as unknown });
  expect(await logIn(place, [chosen])).toMatchObject(isIn);
  expect(await admin(dataDir, ['user', 'reset-mfa', 'zoe', ...account])).toMatchObject({ code: 6, stdout: '' });
  await addMfa(place, chosen);
  expect(await admin(dataDir, ['user', 'reset-mfa', 'zoe', ...account])).toMatchObject({ code: 0, stderr: '' });
  expect(await logIn(place, [chosen])).toMatchObject(isIn);

  const adminKey = await createKey(dataDir, [...account, '--user', 'admin', '--kind', 'api_key']);
  const read = async (path: string) => (await callApi(place.server, adminKey, { method: 'GET', path })).json;
  // Those of `adit mfa` are gone with their commands.
  expect((await read('/api_keys'))['keys']).toHaveLength(1);
  const { audit_events } = (await read('/audit_events?limit=100')) as { audit_events: { action: string }[] };
  const actions = audit_events.map(({ action }) => action).reverse();
  const own = actions.filter((action) => /^user\.(?!login)/.test(action));
  expect(own).toEqual([
    ...['user.create', 'user.create', 'user.reset_password', 'user.change_password', 'user.add_second_factor'],
    ...['user.remove_second_factor', 'user.add_second_factor', 'user.reset_mfa'],
  ]);
  expect(actions.filter((action) => action === 'user.login')).toHaveLength(8);
});

it('who guesses has to wait, and is told for how long', async () => {
  const place = await startPlace();
  const chosen = 'drei Wörter nebeneinander';
  await logIn(place, [await addZoe(place), chosen]);
  const guess = (user: string) => logInByApi(place.server, { user, account: 'acme', password: 'a wrong password' });
  const statuses: number[] = [];
  for (let i = 0; i < 6; i++) statuses.push((await guess('zoe')).status);
  expect(statuses).toEqual(Array(6).fill(401));
  // The first wait is a second: whoever is slower has guessed once more, and each wait is twice the one before.
  const refusal = { status: 429, json: { error_code: 'ERR_ADIT_9145' } };
  const headers = { 'retry-after': expect.stringMatching(/^[1-9]\d*$/) as unknown };
  await expect.poll(() => guess('zoe'), { timeout: 60_000 }).toMatchObject({ ...refusal, headers });
});

describe.skipIf(!isPostgresInstalled)('with two servers on one PostgreSQL database', () => {
  let postgres: PostgresServer;

  beforeAll(async () => {
    postgres = await startPostgres();
  }, 60_000);
  afterAll(() => postgres.close());

  it('a code is good at one of them, once', async () => {
    const dataDir = await newDataDir();
    const file = join(dataDir, 'database-url');
    await writeFile(file, postgres.url(await postgres.createDatabase()), { mode: 0o600 });
    const place = await startPlace(['--database-url-file', file], dataDir);
    const other = await startServer({
      args: ['--database-url-file', file, '--secrets-key-file', join(dataDir, 'secrets.key')],
    });
    const chosen = 'drei Wörter nebeneinander';
    expect(await logIn(place, [await addZoe(place), chosen])).toMatchObject({ code: 0 });
    const { seed, step, recoveryCodes } = await addMfa(place, chosen);
    for (const code of [codeOf(seed, step + 1), recoveryCodes[0]]) {
      const claim = { user: 'zoe', account: 'acme', password: chosen, code };
      const servers = [place.server, other, place.server, other];
      const answers = await Promise.all(servers.map((server) => logInByApi(server, claim)));
      expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([201, 401, 401, 401]);
    }
    await adminJson(dataDir, ['user', 'reset-mfa', 'zoe', ...account, ...place.database]);
    for (const server of [place.server, other]) {
      expect((await logInByApi(server, { user: 'zoe', account: 'acme', password: chosen })).status).toBe(201);
    }
  });
});
