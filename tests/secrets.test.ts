// One of each secret on a server that logs all it can, errors of every kind provoked with them, and then a search for them
// in everything that is written or said, by the server and by those around it.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeOf, stepAt } from '../packages/server/src/control/login/totp.ts';
import {
  isPostgresInstalled,
  type PostgresServer,
  startPostgres,
} from '../packages/server/src/store/postgres/postgres-server.testkit.ts';
import { makeCertificate } from '../packages/server/src/tls/upload/make-certificate.testkit.ts';
import { admin, adminJson, createKey } from './support/admin.ts';
import { startAgent, type TestAgent } from './support/agent.ts';
import { decodeBase32 } from './support/login.ts';
import { commandLines, filesBelow, findSecrets, type Place } from './support/needles.ts';
import { firstRunOf, newDataDir, startServer, type TestServer } from './support/server.ts';
import { openSession } from './support/session.ts';
import { startUpstream } from './support/upstream.ts';
import { visit } from './support/visitor.ts';

let postgres: PostgresServer | undefined;
beforeAll(async () => {
  if (isPostgresInstalled) postgres = await startPostgres();
}, 60_000);
afterAll(() => postgres?.close());

/** What is no secret, and must be found: else the search is broken. */
const canary = 'canary-in-a-name-0123456789';
const password = 'datenbank-Passwort:/?@42';

/** Calls the API with whatever is given as body, and keeps what was answered. */
class Caller {
  readonly answers: Place[] = [];
  readonly #server: TestServer;
  readonly #apiKey: string;

  constructor(server: TestServer, apiKey: string) {
    this.#server = server;
    this.#apiKey = apiKey;
  }

  /** Answers the object. `isShown`: the one answer that is to show a secret, which is not kept. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    { isShown = false, authorization = `Bearer ${this.#apiKey}` } = {},
  ) {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await visit(this.#server, `${this.#server.ready.api}${path}`, {
      method,
      headers: { authorization, ...(text !== undefined && { 'content-type': 'application/json' }) },
      ...(text !== undefined && { body: text }),
    });
    if (!isShown) this.answers.push([`the answer ${answer.status} to ${method} ${path}`, JSON.stringify(answer)]);
    return { status: answer.status, json: JSON.parse(answer.body || '{}') as Record<string, unknown> };
  }
}

interface Made {
  readonly caller: Caller;
  readonly secrets: Record<string, string | Uint8Array>;
  readonly agent: TestAgent;
}

/** One of each, and calls that go wrong in all the ways a client finds. */
async function makeAndProvoke(server: TestServer, words: readonly string[]): Promise<Made> {
  const { apiKey, authtoken } = firstRunOf(server);
  const caller = new Caller(server, apiKey);
  const madeKey = await createKey(server.dataDir, ['--account', 'default', '--kind', 'api_key', ...words]);
  const madeToken = (await caller.call('POST', '/credentials', {}, { isShown: true })).json['token'];
  const { cert, key } = await makeCertificate();
  const [value, replaced] = ['vault-value-XyZ-8f2c1d', 'vault-value-AbC-77aa01'];
  const secrets = {
    ...{
      'the first API key': apiKey.slice(8),
      'the first authtoken': authtoken.slice(8),
      'an API key': madeKey.slice(8),
    },
    ...{
      'an authtoken': String(madeToken).slice(8),
      'a vault secret': value,
      'a vault secret that was replaced': replaced,
    },
    // Of the key any line is enough.
    'a private key': key.split('\n')[1] ?? '',
  };
  const vault_id = (await caller.call('POST', '/vaults', { name: canary })).json['id'];
  const secret = { name: 'one', value: replaced, vault_id };
  const { id } = (await caller.call('POST', '/vault_secrets', secret)).json;
  expect((await caller.call('PATCH', `/vault_secrets/${String(id)}`, { value })).status).toBe(200);
  const pair = { certificate_pem: cert, private_key_pem: key };
  expect((await caller.call('POST', '/tls_certificates', pair)).status).toBe(201);

  const wrong: readonly (readonly [string, string, unknown?])[] = [
    ['POST', '/vault_secrets', secret],
    ['POST', '/vault_secrets', { ...secret, value: [value], valeu: value }],
    ['POST', '/vault_secrets', { ...secret, name: value.repeat(100) }],
    ['POST', '/vault_secrets', `{"value": "${value}", `],
    ['POST', '/vault_secrets', { ...secret, vault_id: value }],
    ['PATCH', `/vault_secrets/${String(vault_id)}`, { value }],
    ['POST', '/tls_certificates', { ...pair, private_key_pem: key.slice(0, -60) }],
    ['POST', '/tls_certificates', { ...pair, private_key_pem: [key] }],
    ['POST', '/tls_certificates', { ...pair, certificate_pem: key }],
    ['POST', '/tls_certificates', { ...pair, private_key_pem: (await makeCertificate()).key }],
    ['POST', '/ssh_credentials', { public_key: key }],
    ['POST', '/credentials', { description: [madeToken] }],
    ['DELETE', `/credentials/${String(madeToken)}`],
    ['GET', `/api_keys/${madeKey}`],
    ['GET', `/credentials?before_id=${authtoken}&limit=x`],
  ];
  for (const [method, path, body] of wrong) {
    const { status } = await caller.call(method, path, body);
    expect([method, path, body, status >= 400 && status < 500]).toEqual([method, path, body, true]);
  }
  Object.assign(secrets, await logInAndProvoke(server, caller, words));
  for (const authorization of [authtoken, `Bearer ${authtoken}`, `Bearer ${apiKey}x`, `Basic ${btoa(`x:${apiKey}`)}`]) {
    expect((await caller.call('GET', '/credentials', undefined, { authorization })).status).toBe(401);
  }
  for (const path of ['/credentials', '/api_keys', '/vaults', '/vault_secrets', '/tls_certificates', '/audit_events']) {
    expect((await caller.call('GET', path)).status).toBe(200);
  }
  for (const bad of [apiKey, `${authtoken}x`, value]) {
    await expect(openSession(server, { authtoken: bad })).rejects.toThrow(expect.anything());
  }
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const agent = await startAgent(server, upstream.port, { authtoken, args: ['--log-level', 'debug'] });
  const nobody = `https://nobody.localhost:${server.ready.https.port}`;
  for (const url of [agent.url, nobody]) {
    // A visitor's own secrets: they go to the service, or nowhere.
    const headers = { authorization: `Bearer ${apiKey}`, cookie: `a=${value}`, accept: 'text/html' };
    const answer = await visit(server, `${url}/?token=${authtoken}`, { headers });
    caller.answers.push([`the answer of ${url}`, JSON.stringify(answer)]);
  }
  return { caller, secrets, agent };
}

/** What the administrator logs in with: passwords, a second factor, and what goes wrong with them. */
async function logInAndProvoke(
  { dataDir }: TestServer,
  caller: Caller,
  words: readonly string[],
): Promise<Record<string, string | Uint8Array>> {
  const reset = await admin(dataDir, ['user', 'reset-password', 'admin', '--account', 'default', ...words]);
  const [given, password, refused] = [reset.stdout.trim(), 'drei-Woerter-nebeneinander', 'vier-Woerter-nebeneinander'];
  const claim = { user: 'admin', account: 'default', kind: 'api_key' };
  const logIn = async (more: object, expected: number, isShown = false) => {
    const { status, json } = await caller.call('POST', '/login', { ...claim, ...more }, { isShown, authorization: '' });
    expect([more, status]).toEqual([more, expected]);
    return json;
  };
  await logIn({ password: given }, 403);
  const { token, owner_id } = await logIn({ password: given, new_password: password }, 201, true);
  const own = (path: string, body: object, isShown = false) =>
    caller.call('POST', `/users/${String(owner_id)}${path}`, body, {
      isShown,
      authorization: `Bearer ${String(token)}`,
    });
  const seedText = String((await own('/totp', { current_password: password }, true)).json['secret']);
  const seed = decodeBase32(seedText);
  const code = codeOf(seed, stepAt(Date.now()));
  const codes = (await own('/totp/confirm', { code }, true)).json['recovery_codes'] as string[];
  const [recovery = '', usedRecovery = ''] = codes;
  await logIn({ password, code: usedRecovery }, 201, true);
  await logIn({ password, code: usedRecovery }, 401);
  await logIn({ password }, 401);
  await logIn({ password: refused }, 401);
  await logIn({ password: [password] }, 400);
  await logIn({ user: password.repeat(20), password }, 400);
  await logIn({ password, passwort: password, code: recovery }, 400);
  await logIn({ password: refused, new_password: `${password}\0`, code: recovery }, 400);
  expect((await caller.call('POST', '/login', `{"password": "${password}", `)).status).toBe(400);
  expect((await own(`/totp/remove?code=${recovery}`, { code: seedText })).status).toBe(401);
  expect((await own('/totp', { current_password: password })).status).toBe(409);
  return {
    ...{ 'a password of the operator': given, 'a password': password, 'a password that was refused': refused },
    ...{ 'the seed of a second factor': seed, 'the same in base32': seedText },
    ...{ 'a recovery code': recovery, 'a recovery code that was used': usedRecovery },
    'an API key of a login': String(token).slice(8),
  };
}

/** All that the processes have said but the one line that shows the first secrets. */
function said({ process }: TestServer, agent: TestAgent): Place[] {
  const lines = process.lines.filter((line) => !line.includes('"event":"ready"'));
  return [
    ['the output of the server', lines.join('\n')],
    ['the log of the server', process.stderr()],
    ['the output of the agent', agent.process.lines.join('\n')],
    ['the log of the agent', agent.process.stderr()],
  ];
}

const metrics = async (server: TestServer): Promise<Place> => [
  '/metrics',
  await (await fetch(`${server.ready.operator}/metrics`)).text(),
];

/** The key alone, as it stands in its file. */
const secretsKey = async (dataDir: string) =>
  (await readFile(join(dataDir, 'secrets.key'), 'utf8')).split('\n')[1]?.split(' ')[1] ?? '';

/** Files that are there to hold secrets, their owner's only. */
const isNoKeyFile = (name: string) => !/^(?:secrets[.]key|signing[.]key|database-url|tls)/.test(name);

it('[invariant: no-secret-leaves] none of the secrets is where it must not be, with the data in SQLite', async () => {
  const server = await startServer({ args: ['--log-level', 'debug'] });
  const { dataDir } = server;
  const { caller, secrets, agent } = await makeAndProvoke(server, []);
  const all = { ...secrets, 'the secrets key': await secretsKey(dataDir) };
  const backup = join(await newDataDir(), 'backup');
  await adminJson(dataDir, ['backup', backup]);
  const processes = await commandLines();
  // Something that nobody expects: the error is logged with all that it knows.
  const raw = new DatabaseSync(join(dataDir, 'adit.db'));
  raw.exec('alter table document_secrets rename to gone');
  raw.close();
  const vault_id = ((await caller.call('GET', '/vaults')).json['vaults'] as { id: string }[])[0]?.id;
  const body = { name: 'two', value: secrets['a vault secret'], vault_id };
  expect((await caller.call('POST', '/vault_secrets', body)).status).toBe(500);
  // What it says of that comes by another way than the answer.
  await expect.poll(() => server.process.stderr()).toContain('"level":"error"');

  const files = [...(await filesBelow(dataDir, isNoKeyFile)), ['the backup', await readFile(backup)] as const];
  const words = [...caller.answers, ...said(server, agent), await metrics(server), ...processes];
  expect(findSecrets(all, [...files, ...words])).toEqual([]);
  // The search finds what is there.
  const found = findSecrets({ canary }, [...files, ...words]).join('\n');
  for (const place of ['adit.db', 'the backup', 'POST /vaults']) expect(found).toContain(place);
  expect(findSecrets({ dataDir }, words).join('\n')).toContain('the arguments of process');
});

it.skipIf(!isPostgresInstalled)(
  '[invariant: no-secret-leaves] none of the secrets is where it must not be, with the data in PostgreSQL',
  async () => {
    if (!postgres) return;
    const { database, port } = await postgres.createDatabase();
    await postgres.query(`create role keeper login password '${password}'`);
    await postgres.query(`alter database ${database} owner to keeper; grant all on schema public to keeper`, database);
    const dataDir = await newDataDir();
    const url = `postgresql://keeper:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
    await writeFile(join(dataDir, 'database-url'), url, { mode: 0o600 });
    const place = ['--database-url-file', join(dataDir, 'database-url')];
    const server = await startServer({ dataDir, args: ['--log-level', 'debug', ...place] });
    const { caller, secrets, agent } = await makeAndProvoke(server, place);
    const all = { ...secrets, 'the secrets key': await secretsKey(dataDir), 'the password of the database': password };
    const doctor = await adminJson(dataDir, ['doctor', ...place]);
    const processes = await commandLines();
    const [{ dir } = {}] = await postgres.query("select current_setting('data_directory') as dir");
    const [{ oid } = {}] = await postgres.query(`select oid from pg_database where datname = '${database}'`);
    await postgres.query('checkpoint');
    // While the database is away, and with a password that it does not take.
    await postgres.stop('immediate');
    const vault_id = 'vault_0';
    const body = { name: 'two', value: secrets['a vault secret'], vault_id };
    expect((await caller.call('POST', '/vault_secrets', body)).status).toBe(503);
    await postgres.start();
    await postgres.query("alter role keeper password 'another'");
    // Until they are gone: one that goes on for a moment would answer by the old password.
    await postgres.query("select pg_terminate_backend(pid, 30000) from pg_stat_activity where usename = 'keeper'");
    expect((await caller.call('GET', '/vaults')).status).toBe(503);

    const files = [
      ...(await filesBelow(join(String(dir), 'base', String(oid)))),
      ...(await filesBelow(join(String(dir), 'pg_wal'))),
      ...(await filesBelow(dataDir, isNoKeyFile)),
    ];
    const words = [...caller.answers, ...said(server, agent), await metrics(server), ...processes];
    expect(findSecrets(all, [...files, ...words, ['the doctor', JSON.stringify(doctor)]])).toEqual([]);
    const found = findSecrets({ canary }, files).join('\n');
    for (const part of ['base', 'pg_wal']) expect(found).toContain(`/${part}/`);
  },
);
