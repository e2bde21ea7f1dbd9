import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { TestServer } from '@adit/sdk/testkit/test-server';
import { readMessage, streamTypes } from '@adit/wire';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ParsedCommand } from '../command.ts';
import { runEndpoint } from '../endpoint/run-endpoint.ts';
import { type RecordedOutput, recordOutput } from '../output.testkit.ts';
import { runSafely } from '../run-safely.ts';
import { runStart } from '../start/run-start.ts';
import { agentVersion } from './agent-version.ts';

let dir: string;
const cleanUps: (() => unknown)[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'adit-run-'));
  await writeConfig('  web_addr: false\n');
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  await rm(dir, { recursive: true });
});

/** The configuration that is found without --config. */
async function writeConfig(agent: string, rest = '') {
  await mkdir(join(dir, 'adit'), { recursive: true });
  await writeFile(join(dir, 'adit/adit.yml'), `version: 3\nagent:\n${agent}${rest}`);
}

interface Run {
  readonly exitCode: Promise<number>;
  readonly stdout: RecordedOutput;
  readonly stderr: RecordedOutput;
  interrupt(): void;
}

function run(upstream: string, options: ParsedCommand['options'], terminal: Terminal = {}) {
  return runCommand('http', { words: [upstream], options, terminal });
}

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

interface Words {
  readonly words: readonly string[];
  readonly options: ParsedCommand['options'];
  readonly terminal?: Terminal;
}

function runCommand(command: 'http' | 'tunnel' | 'start', { words, options, terminal = {} }: Words) {
  const interruption = new AbortController();
  const [stdout, stderr] = [recordOutput(terminal), recordOutput()];
  const env = {
    XDG_CONFIG_HOME: dir,
    XDG_STATE_HOME: dir,
    ADIT_LOG_LEVEL: 'info',
    ADIT_AUTHTOKEN: 'adit_at_secret',
    NO_COLOR: '1',
  };
  const stdin = Object.assign(new PassThrough(), { isTTY: false });
  const io = { stdin, stdout: stdout.stream, stderr: stderr.stream, env, interrupted: interruption.signal };
  const parsed = { arguments: words, options };
  const exitCode = runSafely(io, () =>
    command === 'start' ? runStart(parsed, io) : runEndpoint(command, { parsed, io }),
  );
  cleanUps.push(() => {
    interruption.abort();
    return exitCode;
  });
  const started: Run = { exitCode, stdout, stderr, interrupt: () => interruption.abort() };
  return started;
}

async function startServer() {
  const server = await TestServer.start();
  cleanUps.push(() => server.close());
  const caFile = join(dir, 'ca.pem');
  await writeFile(caFile, server.caPem);
  return { server, options: { 'connect-url': `localhost:${server.port}`, 'connect-cas': caFile } };
}

const json = ({ stdout }: Run) =>
  stdout.text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('agentVersion is that of the package', async () => {
  const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as unknown;
  expect(manifest).toHaveProperty('version', agentVersion);
});

test('runEndpoint() prints the URL as a JSON line, serves visitors, and stops when it is interrupted', async () => {
  const service = createServer((socket) => void socket.end('hello'));
  await once(service.listen(0, '127.0.0.1'), 'listening');
  cleanUps.push(() => service.close());
  const { port } = service.address() as AddressInfo;
  const { server, options } = await startServer();
  const running = run(`${port}`, {
    ...options,
    url: 'app',
    metadata: 'mine',
    'cidr-allow': ['::1/128'],
    'upstream-protocol': 'http2',
  });
  await expect.poll(() => json(running)).toHaveLength(2);
  const addr = `http://localhost:${port}`;
  const url = `https://app.localhost:${server.port}`;
  expect(json(running)).toMatchObject([
    { lvl: 'info', msg: 'session online', account: 'Acme' },
    { lvl: 'info', msg: 'started tunnel', url, addr },
  ]);
  const restriction = { allow_cidrs: ['::1/128'], deny_cidrs: [] };
  expect(server.binds[0]).toMatchObject({ ForwardsProto: 'http2' });
  expect(server.binds[0]).toMatchObject({ Opts: { IPRestriction: restriction }, Extra: { Metadata: 'mine' } });
  expect(await text(server.visit('ep_0'))).toBe('hello');
  running.interrupt();
  expect(await running.exitCode).toBe(0);
  expect(server.unbinds).toEqual(['ep_0']);
  expect(json(running).at(-1)).toMatchObject({ msg: 'stopped' });
  expect(running.stderr.text).toBe('');
});

test('runEndpoint() shows a person the URL and the state of the session', async () => {
  const { server, options } = await startServer();
  const running = run('3000', options, { isTTY: true, columns: 60 });
  await expect.poll(() => running.stdout.text).toContain('Session      online');
  expect(running.stdout.text).toContain(`\n  https://name-0.localhost:${server.port}\n\n`);
  running.interrupt();
  expect(await running.exitCode).toBe(0);
  expect(running.stdout.text).toContain('Session      stopped');
});

test('runEndpoint() tells of a lost session and of its return', async () => {
  const { server, options } = await startServer();
  const running = run('3000', options);
  await expect.poll(() => json(running)).toHaveLength(2);
  server.cut();
  await expect
    .poll(() => json(running).map(({ msg }) => msg))
    .toEqual(['session online', 'started tunnel', 'session lost, reconnecting', 'session online']);
});

test('runEndpoint() remembers its session for as long as it runs, and takes over that of one that was killed', async () => {
  const { server, options } = await startServer();
  const sessions = join(dir, 'adit/sessions');
  const first = run('3000', options);
  const saved = async () => (await readdir(sessions).catch(() => [])).filter((name) => name.endsWith('.json'));
  await expect.poll(saved).toHaveLength(1);
  const file = join(sessions, (await saved())[0] ?? '');
  const state = await readFile(file, 'utf8');
  first.interrupt();
  await first.exitCode;
  expect(await readdir(sessions)).toEqual([]);
  await writeFile(file, JSON.stringify({ ...JSON.parse(state), pid: 2 ** 30 })); // As a killed process leaves it.
  run('3000', options);
  await server.until(() => server.auths.length === 2);
  expect(server.auths[1]).toMatchObject({ ClientId: 'ts_1', Extra: { Cookie: 'cookie-1', LegNumber: 0 } });
  const other = run('3001', options);
  await server.until(() => server.auths.length === 3);
  expect(server.auths[2]).toMatchObject({ ClientId: '' });
  other.interrupt();
  await other.exitCode;
});

test('runEndpoint() keeps as many legs as the configuration says', async () => {
  const { server, options } = await startServer();
  await writeConfig('  web_addr: false\n  legs: 2\n');
  run('3000', options);
  await server.until(() => server.binds.length === 2);
  expect(server.sessions).toHaveLength(2);
});

test('runEndpoint() exits by the kind of the error, and prints it without the token', async () => {
  const { server, options } = await startServer();
  server.behaviour.authError = 'Unknown token adit_at_secret\n\nERR_NGROK_107';
  const refused = run('3000', options);
  expect(await refused.exitCode).toBe(3);
  const line = 'adit: Unknown token (withheld)\nAsk an administrator for a new authtoken. (ERR_ADIT_107)\n';
  expect(refused.stderr.text).toBe(line);
  expect(refused.stdout.text + refused.stderr.text).not.toContain('adit_at_secret');
});

test.each([
  ['nonsense', {}, 2, 'ERR_ADIT_9304'],
  ['3000', {}, 2, 'ERR_ADIT_9307'],
  ['3000', { config: '/nowhere/adit.yml' }, 5, 'ERR_ADIT_9202'],
])('runEndpoint() with upstream %s and %j exits with %i', async (upstream, options, exitCode, code) => {
  const running = run(upstream, options);
  expect(await running.exitCode).toBe(exitCode);
  expect(running.stderr.text).toMatch(new RegExp(`^adit: [^\\n]+\\n[^\\n]+\\(${code}\\)\\n$`));
});

test('runEndpoint() exits when the server refuses the endpoint, and closes the session', async () => {
  const { server, options } = await startServer();
  server.behaviour.bindError = () => 'The name is reserved\n\nERR_ADIT_9404';
  const running = run('3000', options);
  expect(await running.exitCode).toBe(4);
  expect(running.stderr.text).toContain('(ERR_ADIT_9404)');
  await server.until(() => server.session.isClosed);
});

const twoEndpoints = `endpoints:
  - { name: web, url: app, upstream: { url: 3000 } }
  - { name: db, url: "tcp://", upstream: { url: 5432 } }
`;

test('runStart() brings the endpoints of the configuration online, and stops when the last one is over', async () => {
  const { server, options } = await startServer();
  await writeConfig('  web_addr: false\n', twoEndpoints);
  const running = runCommand('start', { words: [], options: { ...options, all: 'true' } });
  await expect.poll(() => json(running).filter(({ msg }) => msg === 'started tunnel')).toHaveLength(2);
  expect(server.binds.map(({ Proto }) => Proto).sort()).toEqual(['https', 'tcp']);
  running.interrupt();
  expect(await running.exitCode).toBe(0);
});

test('runStart() ends when one of several endpoints is refused, and names it', async () => {
  const { server, options } = await startServer();
  await writeConfig('  web_addr: false\n', twoEndpoints);
  server.behaviour.bindError = () => 'The name is reserved\n\nERR_ADIT_9404';
  const running = runCommand('start', { words: ['web', 'db'], options });
  expect(await running.exitCode).toBe(4);
  expect(running.stderr.text).toMatch(/^adit: "(web|db)": The name is reserved\n/);
});

test.each([
  [[], {}, 9500, 'either names'],
  [['web'], { all: 'true' }, 9500, 'either names'],
  [['wed'], {}, 9500, 'did you mean "web"?'],
  [['zzzzz'], {}, 9500, 'it has web, db'],
])('runStart() of %j with %j is refused', async (words, options, code, message) => {
  await writeConfig('  web_addr: false\n', twoEndpoints);
  const running = runCommand('start', { words, options });
  expect(await running.exitCode).toBe(2);
  expect(running.stderr.text).toContain(message);
  expect(running.stderr.text).toContain(`ERR_ADIT_${code}`);
});

test('a run without endpoints takes some by the local API, and goes on without them', async () => {
  const { server, options } = await startServer();
  await writeConfig('  web_addr: 127.0.0.1:0\n');
  const running = runCommand('start', { words: [], options: { ...options, none: 'true' } });
  const started = () => json(running).find(({ msg }) => msg === 'inspector started');
  await expect.poll(started).toBeDefined();
  await expect.poll(() => json(running).map(({ msg }) => msg)).toContain('session online');
  const api = `${String(started()?.['addr'])}/api/endpoints`;
  const send = (method: string, path: string, body?: object) =>
    fetch(api + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
  const definition = { name: 'web', url: 'app', upstream: { url: '3000' } };
  const created = await send('POST', '', definition);
  expect(await created.json()).toMatchObject({ name: 'web', url: `https://app.localhost:${server.port}` });
  expect((await send('POST', '', definition)).status).toBeGreaterThanOrEqual(400);
  expect((await send('PUT', '/web', { ...definition, metadata: 'new' })).status).toBe(200);
  expect(server.binds.at(-1)).toMatchObject({ Extra: { Metadata: 'new' } });
  expect((await send('DELETE', '/web')).status).toBe(204);
  expect((await send('DELETE', '/web')).status).toBe(404);
  expect(server.unbinds).toEqual(['ep_0', 'ep_1']);
  expect(server.session.isClosed).toBe(false);
  running.interrupt();
  expect(await running.exitCode).toBe(0);
});

test('the local API takes policies, shows none of their secrets, and reads no files for its callers', async () => {
  const { server, options } = await startServer();
  await writeConfig('  web_addr: 127.0.0.1:0\n');
  const running = runCommand('start', { words: [], options: { ...options, none: 'true' } });
  const started = () => json(running).find(({ msg }) => msg === 'inspector started');
  await expect.poll(started).toBeDefined();
  await expect.poll(() => json(running).map(({ msg }) => msg)).toContain('session online');
  const api = `${String(started()?.['addr'])}/api`;
  const headers = { 'content-type': 'application/json' };
  const send = async (path: string, body: object) => {
    const answer = await fetch(api + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: answer.status, text: await answer.text() };
  };
  const endpoint = { name: 'web', upstream: { url: '3000' } };
  const tunnel = { name: 'old', proto: 'http', addr: 3000 };
  const made = [
    await send('/endpoints', { ...endpoint, traffic_policy: { x: 'hunter2' }, basic_auth: ['ann:hunter2'] }),
    await send('/tunnels', { ...tunnel, auth: 'ann:hunter2', verify_webhook: { provider: 'x', secret: 'hunter2' } }),
  ];
  expect(made.map(({ status }) => status)).toEqual([201, 201]);
  const credentials = [{ username: 'ann', cleartext_password: 'hunter2' }];
  expect(server.binds).toMatchObject([
    { Opts: { TrafficPolicy: '{"x":"hunter2"}', BasicAuth: { credentials } } },
    { Opts: { BasicAuth: { credentials }, WebhookVerification: { provider: 'x', secret: 'hunter2' } } },
  ]);
  const refused = [
    await send('/endpoints', { ...endpoint, name: 'x', labels: ['a=b'], traffic_policy: { x: 'hunter2' } }),
    await send('/endpoints', { ...endpoint, name: 'x', traffic_policy_file: '/etc/passwd' }),
    await send('/endpoints', { ...endpoint, name: 'x', traffic_policy_url: 'http://localhost/' }),
    await send('/tunnels', { ...tunnel, name: 'x', verify_webhook: { provider: 'x', secret_file: '/etc/passwd' } }),
    await send('/tunnels', { ...tunnel, name: 'x', proto: 'tcp', compression: true }),
    await send('/tunnels', { ...tunnel, name: 'x', oauth: { provider: 'x' } }),
  ];
  expect(refused.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400, 400]);
  expect(server.binds).toHaveLength(2);
  const pages = ['/api/endpoints', '/api/tunnels', '/api/status', '/status', '/'];
  const shown = await Promise.all(pages.map(async (path) => await (await fetch(api.replace('/api', path))).text()));
  const all = [...shown, ...made.map(({ text: answer }) => answer), running.stdout.text, running.stderr.text];
  expect(all.join()).not.toContain('hunter2');
});

test('runEndpoint() prints what the server says of a policy whole, without the passwords', async () => {
  const { server, options } = await startServer();
  await writeFile(join(dir, 'rules.yml'), 'on_http_request: x\n');
  await writeFile(join(dir, 'passwords'), 'ann:correct horse\n');
  const mistakes = Array.from(
    { length: 10 },
    (_, i) => `line ${i + 1}, column 7 (on_http_request[${i}]): ${'x'.repeat(99)}`,
  );
  const message = `Cannot take the policy: ${mistakes.join('; ')}`;
  server.behaviour.bindError = () => `${message}; correct horse\n\nERR_ADIT_9600`;
  const files = { 'policy-file': join(dir, 'rules.yml'), 'basic-auth-file': join(dir, 'passwords') };
  const running = run('3000', { ...options, ...files });
  expect(await running.exitCode).toBe(2);
  expect(server.binds[0]).toMatchObject({ Opts: { TrafficPolicy: 'on_http_request: x\n' } });
  expect(running.stderr.text).toContain(`adit: ${message}; (withheld)\n`);
  expect(running.stdout.text + running.stderr.text).not.toContain('correct horse');
});

test('runEndpoint() of tunnel says its labels in place of a URL, and its requests are captured', async () => {
  const service = createHttpServer((_request, response) => response.end('hello'));
  await once(service.listen(0, '127.0.0.1'), 'listening');
  cleanUps.push(() => service.close());
  const { server, options } = await startServer();
  await writeConfig('  web_addr: 127.0.0.1:0\n');
  const addr = `http://localhost:${(service.address() as AddressInfo).port}`;
  const label = ['app=shop', 'zone=a'];
  const running = runCommand('tunnel', { words: [addr], options: { ...options, label, metadata: 'mine' } });
  const said = (msg: string) => json(running).find((line) => line['msg'] === msg);
  await expect.poll(() => said('started tunnel')).toMatchObject({ labels: 'app=shop zone=a', addr });
  expect(said('started tunnel')).not.toHaveProperty('url');
  expect(server.starts).toMatchObject([{ Labels: { app: 'shop', zone: 'a' }, ForwardsTo: addr, Metadata: 'mine' }]);

  const visitor = server.visit('lt_0');
  visitor.write('GET /seen HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n');
  expect(await text(visitor)).toContain('hello');
  const api = `${String(said('inspector started')?.['addr'])}/api`;
  expect(await (await fetch(`${api}/captures`)).text()).toContain('/seen');
  expect(await (await fetch(`${api}/endpoints`)).json()).toMatchObject({
    endpoints: [{ name: 'command_line', url: '', labels: { app: 'shop', zone: 'a' }, bindings: [] }],
  });
  expect(await (await fetch(`${api}/tunnels`)).json()).toMatchObject({ tunnels: [{ public_url: '', proto: '' }] });
  running.interrupt();
  expect(await running.exitCode).toBe(0);
  expect(server.unbinds).toEqual(['lt_0']);
});

test('runEndpoint() of tunnel shows a person its labels', async () => {
  const { options } = await startServer();
  const terminal = { isTTY: true, columns: 70 };
  const running = runCommand('tunnel', { words: ['3000'], options: { ...options, label: 'app=shop' }, terminal });
  await expect.poll(() => running.stdout.text).toContain('app=shop → http://localhost:3000');
  expect(running.stdout.text).toContain('\n  app=shop\n\n');
});

test('runEndpoint() of tunnel exits with what the server has against its labels', async () => {
  const { server, options } = await startServer();
  server.behaviour.startError = () => 'These labels are not yours\n\nERR_NGROK_399';
  const running = runCommand('tunnel', { words: ['3000'], options: { ...options, label: 'app=shop' } });
  expect(await running.exitCode).toBe(4);
  expect(running.stderr.text).toMatch(/^adit: These labels are not yours\n.*\(ERR_ADIT_399\)\n$/);
});

test('runEndpoint() of tunnel refuses before it connects what the edge must have', async () => {
  const { server, options } = await startServer();
  const refused = { ...options, label: 'app=shop', 'cidr-allow': '10.0.0.0/8' };
  const running = runCommand('tunnel', { words: ['3000'], options: refused });
  expect(await running.exitCode).toBe(2);
  expect(running.stderr.text).toMatch(/^adit: Cannot use --cidr-allow: .*the edge that it serves must have them\n/);
  expect(server.auths).toEqual([]);
});

test('a restart moves a labelled tunnel to the new session', async () => {
  const { server, options } = await startServer();
  await writeConfig(
    '  web_addr: false\n',
    'endpoints: [{ name: shop, labels: [app=shop], upstream: { url: 3000 } }]\n',
  );
  const running = runCommand('start', { words: ['shop'], options });
  await expect.poll(() => json(running).at(-1)).toMatchObject({ msg: 'started tunnel', labels: 'app=shop' });
  const { session } = server;
  expect(await readMessage(session.open(streamTypes.restart, Buffer.from('{}')))).toEqual({});
  await expect.poll(() => json(running).at(-1)).toMatchObject({ msg: 'restarted' });
  expect(server.starts).toHaveLength(2);
  await expect.poll(() => session.isClosed).toBe(true);
  expect(server.unbinds).toEqual(['lt_0']);
});

test('an endpoint of the command line that is stopped by the local API leaves the run going', async () => {
  const { server, options } = await startServer();
  await writeConfig('  web_addr: 127.0.0.1:0\n', twoEndpoints);
  const running = runCommand('start', { words: ['web'], options });
  await expect.poll(() => json(running).map(({ msg }) => msg)).toContain('started tunnel');
  const started = json(running).find(({ msg }) => msg === 'inspector started');
  const web = `${String(started?.['addr'])}/api/endpoints/web`;
  const headers = { 'content-type': 'application/json' };
  expect((await fetch(web, { method: 'DELETE', headers })).status).toBe(204);
  const body = JSON.stringify({ name: 'web', upstream: { url: '1' } });
  expect((await fetch(web, { method: 'PUT', headers, body })).status).toBe(201);
  expect(server.session.isClosed).toBe(false);
  running.interrupt();
  expect(await running.exitCode).toBe(0);
});

test('runEndpoint() warns of old spellings', async () => {
  const { options } = await startServer();
  const running = run('3000', { ...options, subdomain: 'app' });
  await expect.poll(() => running.stdout.text).toContain('--subdomain is an old spelling; use --url');
});

test('runEndpoint() writes its log into a file of its own', async () => {
  const { options } = await startServer();
  const log = join(dir, 'agent.log');
  const running = run('3000', { ...options, log, 'log-format': 'logfmt' });
  await expect.poll(() => readFile(log, 'utf8')).toContain('msg="started tunnel"');
  running.interrupt();
  expect(await running.exitCode).toBe(0);
  expect(running.stdout.text).toBe('');
  expect((await stat(log)).mode & 0o777).toBe(0o600);
});

/** A run of two endpoints; an operator then restarts it. The binds of the new session are answered by `bindError`. */
async function restartTwo(bindError: (count: number) => string, changed = '') {
  const { server, options } = await startServer();
  await writeConfig('  web_addr: false\n', twoEndpoints);
  const running = runCommand('start', { words: [], options: { ...options, all: 'true' } });
  const said = (msg: string) => json(running).filter((line) => line['msg'] === msg);
  await expect.poll(() => said('started tunnel')).toHaveLength(2);
  const { session } = server;
  const urls = said('started tunnel').map(({ url }) => String(url));
  await writeConfig(`  web_addr: false\n${changed}`, twoEndpoints);
  server.behaviour.bindError = bindError;
  const answer = await readMessage(session.open(streamTypes.restart, Buffer.from('{}')));
  expect(answer).toEqual({});
  return { server, running, said, session, urls };
}

const heldByOldSession = 'It is online\n\nERR_NGROK_334';
const reserved = 'The name is reserved\n\nERR_ADIT_9404';
/** Both are held by the old session, then one is refused; the old session is asked last. */
const refusedHalfWay = (whenAskedAgain: string) => (count: number) =>
  ['', '', heldByOldSession, heldByOldSession, '', reserved][count] ?? whenAskedAgain;

test('a restart that the server refuses half-way brings the old endpoints back where they were', async () => {
  const { server, running, said, session, urls } = await restartTwo(refusedHalfWay(''));
  await expect.poll(() => said('restart failed, going on as before')).toHaveLength(1);
  expect(said('restart failed, going on as before')[0]?.['err']).toMatch(/^"(web|db)": The name is reserved$/);
  expect(server.unbinds.sort()).toEqual(['ep_0', 'ep_1', 'ep_4']);
  const askedAgain = server.binds.slice(6).map(({ Opts }) => String(Opts['Addr'] ?? Opts['Domain']));
  expect(askedAgain.sort()).toEqual(['app.localhost', urls.find((url) => url.startsWith('tcp'))?.slice(6)]);
  expect(said('started tunnel')).toHaveLength(5);
  expect(server.session).not.toBe(session);
  await server.until(() => server.session.isClosed);
  expect([session.isClosed, said('restarted')]).toEqual([false, []]);
  running.interrupt();
  expect(await running.exitCode).toBe(0);
});

test('a run that has lost all its endpoints in a restart ends with the error', async () => {
  const { running, said } = await restartTwo(refusedHalfWay(reserved));
  expect(await running.exitCode).toBe(4);
  expect(said('restart failed, going on as before')).toHaveLength(3);
  expect(running.stderr.text).toContain('(ERR_ADIT_9404)');
});

test('a restart says what it does not change', async () => {
  const { said, session } = await restartTwo(() => '', '  log_level: debug\n  inspect_db_size: 1\n');
  await expect.poll(() => said('restarted')).toHaveLength(1);
  expect(said('warning').map(({ text }) => text)).toEqual([expect.stringContaining('log, screen and inspector')]);
  await expect.poll(() => session.isClosed).toBe(true);
});

test('a session that was restarted refuses to be restarted again', async () => {
  const service = createServer((socket) => void socket.write('hello'));
  await once(service.listen(0, '127.0.0.1'), 'listening');
  cleanUps.push(() => service.close());
  const { server, options } = await startServer();
  const running = run(`${(service.address() as AddressInfo).port}`, options);
  await expect.poll(() => json(running)).toHaveLength(2);
  const { session } = server;
  // While it is here the old session stays.
  const visitor = server.visit('ep_0');
  await once(visitor, 'data');
  const restart = () => readMessage(session.open(streamTypes.restart, Buffer.from('{}')));
  expect(await restart()).toEqual({});
  await expect.poll(() => json(running).at(-1)).toMatchObject({ msg: 'restarted' });
  expect(await restart()).toEqual({ Error: expect.stringContaining('a newer session') });
  visitor.destroy();
  await expect.poll(() => session.isClosed).toBe(true);
});

test.each([
  ['is online there', heldByOldSession],
  ['belongs to the account of the old authtoken', 'The name belongs to another account\n\nERR_NGROK_320'],
])('a restart waits for an address that %s until the old session has given it up', async (_what, held) => {
  const { running, said, session } = await restartTwo((count) => (count === 2 || count === 3 ? held : ''));
  await expect.poll(() => said('restarted')).toHaveLength(1);
  await expect.poll(() => session.isClosed).toBe(true);
  expect(said('restart failed, going on as before')).toEqual([]);
  running.interrupt();
  expect(await running.exitCode).toBe(0);
});

test('a restart that leads to another server asks that one for an address', async () => {
  const [{ server, options }, { server: other }] = [await startServer(), await startServer()];
  const config = (to: TestServer) =>
    writeConfig(
      `  { connect_url: "localhost:${to.port}", connect_cas: "${options['connect-cas']}", web_addr: false }\n`,
      'endpoints: [{ name: web, upstream: { url: 3000 } }]\n',
    );
  await config(server);
  const running = runCommand('start', { words: [], options: { all: 'true' } });
  await expect.poll(() => json(running).at(-1)).toMatchObject({ msg: 'started tunnel' });
  const { session } = server;
  await config(other);
  expect(await readMessage(session.open(streamTypes.restart, Buffer.from('{}')))).toEqual({});
  await expect.poll(() => json(running).at(-1)).toMatchObject({ msg: 'restarted' });
  expect(other.binds).toMatchObject([{ Opts: { Domain: '', Subdomain: '' } }]);
  await expect.poll(() => session.isClosed).toBe(true);
});
