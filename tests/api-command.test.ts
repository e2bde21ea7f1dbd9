// `adit api` as people and programs run it, against a real server.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { startAgent } from './support/agent.ts';
import { startAdit } from './support/process.ts';
import { firstRunOf, startServer, type TestServer } from './support/server.ts';

const adit = fileURLToPath(new URL('../packages/cli/bin/adit.mjs', import.meta.url));

type Env = Record<string, string>;

/** Runs `adit api …` to its end. */
async function api(words: readonly string[], env: Env, input = '') {
  const child = spawn(process.execPath, [adit, 'api', ...words], { env: { PATH: process.env['PATH'], ...env } });
  child.stdin.on('error', () => undefined).end(input);
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const [exitCode] = (await once(child, 'close')) as [number];
  const [stdout, stderr] = await output;
  return { exitCode, stdout, stderr };
}

function environmentOf(server: TestServer): Env {
  const { ready } = server;
  return {
    ...{ ADIT_API_URL: ready.api, ADIT_API_KEY: firstRunOf(server).apiKey, ADIT_API_CAS: ready.caFile },
    XDG_CONFIG_HOME: '/nowhere',
  };
}

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'adit-api-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

it('a policy and its rule: made, listed by pages, read, changed, deleted', async () => {
  const env = environmentOf(await startServer());
  const json = async (...words: string[]): Promise<Record<string, unknown>> => {
    const { stdout, stderr, exitCode } = await api([...words, '--json'], env);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  const home = await json('ip-policies', 'create', '--description', 'home');
  const office = await json('ip-policies', 'create', '--description', 'office', '--idempotency-key', 'once');
  expect(await json('ip-policies', 'create', '--description', 'office', '--idempotency-key', 'once')).toEqual(office);
  const id = String(office['id']);

  const page = await api(['ip-policies', 'list', '--limit', '1'], env);
  expect(page.stdout.split('\n')).toEqual([
    expect.stringMatching(/^ID +DESCRIPTION +CREATED AT$/),
    expect.stringMatching(new RegExp(`^${id}  office +20\\S+Z$`)),
    '',
  ]);
  expect(page.stderr).toBe(`adit: there are more: --all, or --before-id ${id}\n`);
  expect(await json('ip-policies', 'list', '--before-id', id)).toMatchObject({ ip_policies: [home] });
  const all = await json('ip-policies', 'list', '--limit', '1', '--all');
  expect(all).toMatchObject({ ip_policies: [office, home], next_page_uri: null });

  const block = ['--cidr', '192.0.2.0/24', '--action', 'allow', '--ip-policy-id', id];
  const rule = String((await json('ip-policy-rules', 'create', ...block))['id']);
  const shown = await api(['ip-policy-rules', 'get', rule], env);
  expect(shown.stdout).toMatch(
    new RegExp(`^cidr +192\\.0\\.2\\.0/24\naction +allow\nip_policy +${id}\nETag +"1"$`, 'm'),
  );
  const changed = ['ip-policy-rules', 'update', rule, '--cidr', '198.51.100.0/24', '--if-match'];
  expect(await api([...changed, '"1"'], env)).toMatchObject({ exitCode: 0, stderr: '' });
  const late = await api([...changed, '"1"'], env);
  expect(late).toMatchObject({ exitCode: 6, stdout: '', stderr: expect.stringContaining('ERR_ADIT_9106') });

  expect(await api(['ip-policies', 'delete', id], env)).toEqual({ exitCode: 0, stdout: 'Done.\n', stderr: '' });
  const gone = await api(['ip-policy-rules', 'get', rule], env);
  expect(gone).toEqual({
    ...{ exitCode: 5, stdout: '' },
    stderr: 'adit: There is no such object in your account. Check the id. (ERR_ADIT_9101)\n',
  });
});

it('without trust, with a wrong key or a wrong word it says so, each in its way', async () => {
  const env = environmentOf(await startServer());
  const { ADIT_API_CAS: _, ...untrusting } = env;
  expect(await api(['vaults', 'list'], untrusting)).toMatchObject({
    exitCode: 8,
    stderr: expect.stringContaining('its certificate is not trusted'),
  });
  const wrong = { ...env, ADIT_API_KEY: `adit_ak_${'x'.repeat(43)}` };
  const refused = await api(['vaults', 'list', '--json'], wrong);
  expect(refused).toMatchObject({ exitCode: 3, stdout: '' });
  expect(JSON.parse(refused.stderr)).toMatchObject({ error_code: 'ERR_ADIT_203', status_code: 401 });
  expect((await api(['valuts', 'list'], env)).stderr).toContain('did you mean "vaults"?');
  expect((await api(['vaults', 'create', '--nmae', 'x'], env)).stderr).toContain('did you mean "--name"?');
});

it('an agent is found and stopped', async () => {
  const server = await startServer();
  const env = environmentOf(server);
  const agent = await startAgent(server, 3000, firstRunOf(server));
  const list = await api(['tunnel-sessions', 'list'], env);
  const id = /^ts_\w+/m.exec(list.stdout)?.[0] ?? '';
  // It may have ended before the command has.
  const ended = once(agent.process.child, 'close');
  expect(await api(['tunnel-sessions', 'stop', id], env)).toEqual({ exitCode: 0, stdout: 'Done.\n', stderr: '' });
  expect(await ended).toEqual([0, null]);
});

it('the configuration that the quick start keeps says where the API is', async () => {
  const dataDir = newDirectory();
  const quickstart = startAdit(['quickstart', '--data-dir', dataDir]);
  onTestFinished(async () => void (await quickstart.stop('SIGKILL')));
  const apiKey = await quickstart.waitFor((line) => /adit_ak_\S+/.exec(line)?.[0]);
  const keyFile = join(dataDir, 'key');
  writeFileSync(keyFile, `${apiKey}\n`, { mode: 0o600 });
  await quickstart.waitFor((line) => (line.includes('Stop:') ? line : undefined));
  const words = ['endpoints', 'list', '--config', join(dataDir, 'agent.yml'), '--api-key-file', keyFile];
  const { exitCode, stdout } = await api(words, { XDG_CONFIG_HOME: '/nowhere' });
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^ep_\w+ .*https:\/\/demo\.localhost/m);
  // Of an endpoint, the id and the health of it.
  const id = /^ep_\w+/m.exec(stdout)?.[0] ?? '';
  const health = await api(['endpoints', 'health', id, ...words.slice(2)], { XDG_CONFIG_HOME: '/nowhere' });
  expect(health.stdout).toMatch(/^state +healthy$/m);
});

it('the key is in no argument of a process while a call is under way [invariant: no-secret-leaves]', async () => {
  const apiKey = `adit_ak_${'k'.repeat(43)}`;
  const { promise: asked, resolve } = Promise.withResolvers<string | undefined>();
  const server = createServer((request, response) => {
    resolve(request.headers.authorization);
    onTestFinished(() => void response.destroy());
  });
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const running = startAdit(['api', 'vaults', 'list'], { ADIT_API_URL: url, ADIT_API_KEY: apiKey });
  onTestFinished(async () => void (await running.stop('SIGKILL')));
  expect(await asked).toBe(`Bearer ${apiKey}`);
  const commandLines = readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      return [readFileSync(`/proc/${pid}/cmdline`, 'utf8')];
    } catch {
      return []; // It has ended meanwhile.
    }
  });
  expect(commandLines.join('\n')).toContain('vaults');
  expect(commandLines.filter((line) => line.includes(apiKey))).toEqual([]);
});

it('an agent and a server load nothing of it', async () => {
  /** The files that a command has loaded when it says its first word. */
  const loaded = async (words: readonly string[]): Promise<string[]> => {
    const directory = newDirectory();
    const running = startAdit(words, { NODE_V8_COVERAGE: directory, ADIT_AUTHTOKEN: `adit_at_${'x'.repeat(43)}` });
    onTestFinished(async () => void (await running.stop('SIGKILL')));
    await running.waitFor((line) => line || undefined);
    await running.stop();
    return readdirSync(directory).flatMap((file) => {
      const { result } = JSON.parse(readFileSync(join(directory, file), 'utf8')) as { result: { url: string }[] };
      return result.map(({ url }) => url).filter((url) => /\/packages\/|\/tools\//.test(url));
    });
  };
  const ofApi = (urls: readonly string[]) => urls.filter((url) => /\/agent\/src\/api\/|\/tools\//.test(url));
  const door = expect.stringMatching(/\/api\/load-api-commands\.ts$/);
  expect(ofApi(await loaded(['api', 'vaults', '--help'])).length).toBeGreaterThan(5);
  const agent = await loaded(['http', '3000', '--connect-url', 'localhost:1', '--log-level', 'debug']);
  expect(agent).toContainEqual(expect.stringContaining('/sdk/src/session/'));
  expect(ofApi(agent)).toEqual([door]);
  const ports = ['--https-port', '0', '--http-port', '0'];
  const server = await loaded(['server', '--ready-json', '--data-dir', newDirectory(), ...ports]);
  expect(server).toContainEqual(expect.stringContaining('/server/src/control/reference/'));
  expect(ofApi(server).filter((url) => !url.endsWith('/load-api-commands.ts'))).toEqual([]);
});
