import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { TestServer } from '@adit/sdk/testkit/test-server';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ParsedCommand } from '../command.ts';
import { type RecordedOutput, recordOutput } from './output.testkit.ts';
import { agentVersion, runHttp } from './run-http.ts';

let dir: string;
const cleanUps: (() => unknown)[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'adit-http-'));
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  await rm(dir, { recursive: true });
});

interface Run {
  readonly exitCode: Promise<number>;
  readonly stdout: RecordedOutput;
  readonly stderr: RecordedOutput;
  interrupt(): void;
}

function run(
  upstream: string,
  options: ParsedCommand['options'],
  terminal: { isTTY?: boolean; columns?: number } = {},
) {
  const interruption = new AbortController();
  const [stdout, stderr] = [recordOutput(terminal), recordOutput()];
  const env = { XDG_CONFIG_HOME: dir, ADIT_AUTHTOKEN: 'adit_at_secret', NO_COLOR: '1' };
  const io = { stdout: stdout.stream, stderr: stderr.stream, env, interrupted: interruption.signal };
  const exitCode = runHttp({ arguments: [upstream], options }, io);
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

test('runHttp() prints the URL as a JSON line, serves visitors, and stops when it is interrupted', async () => {
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

test('runHttp() shows a person the URL and the state of the session', async () => {
  const { server, options } = await startServer();
  const running = run('3000', options, { isTTY: true, columns: 60 });
  await expect.poll(() => running.stdout.text, { timeout: 3000 }).toContain('Session      online');
  expect(running.stdout.text).toContain(`\n  https://name-0.localhost:${server.port}\n\n`);
  running.interrupt();
  expect(await running.exitCode).toBe(0);
  expect(running.stdout.text).toContain('Session      stopped');
});

test('runHttp() tells of a lost session and of its return', async () => {
  const { server, options } = await startServer();
  const running = run('3000', options);
  await expect.poll(() => json(running)).toHaveLength(2);
  server.cut();
  await expect
    .poll(() => json(running).map(({ msg }) => msg))
    .toEqual(['session online', 'started tunnel', 'session lost, reconnecting', 'session online']);
});

test('runHttp() exits by the kind of the error, and prints it without the token', async () => {
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
])('runHttp() with upstream %s and %j exits with %i', async (upstream, options, exitCode, code) => {
  const running = run(upstream, options);
  expect(await running.exitCode).toBe(exitCode);
  expect(running.stderr.text).toMatch(new RegExp(`^adit: [^\\n]+\\n[^\\n]+\\(${code}\\)\\n$`));
});

test('runHttp() exits when the server refuses the endpoint, and closes the session', async () => {
  const { server, options } = await startServer();
  server.behaviour.bindError = () => 'The name is reserved\n\nERR_ADIT_9404';
  const running = run('3000', options);
  expect(await running.exitCode).toBe(4);
  expect(running.stderr.text).toContain('(ERR_ADIT_9404)');
  await server.until(() => server.session.isClosed);
});
