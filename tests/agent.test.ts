// The commands of the agent as people run them: real processes, a real server, one configuration file.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startAdit } from './support/process.ts';
import { firstRunOf, newDataDir, startServer } from './support/server.ts';

const adit = fileURLToPath(new URL('../packages/cli/bin/adit.mjs', import.meta.url));

/** Runs a command to its end. */
function run(words: readonly string[], env: Record<string, string>, input = '') {
  const { stdout, stderr, status } = spawnSync(process.execPath, [adit, ...words], {
    env: { PATH: process.env['PATH'], ...env },
    input,
    encoding: 'utf8',
  });
  return { stdout, stderr, exitCode: status };
}

/** A service that says something to whoever connects. */
async function startService(greeting: string): Promise<number> {
  const service = createServer((socket) => void socket.on('error', () => {}).end(greeting));
  await once(service.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void service.close());
  return (service.address() as AddressInfo).port;
}

test('from nothing to two endpoints: add-connect-url, add-authtoken, check, diagnose, start, stop', async () => {
  const server = await startServer();
  const dir = await newDataDir();
  const env = { XDG_CONFIG_HOME: dir, ADIT_CONNECT_CAS: server.ready.caFile };
  const file = join(dir, 'adit/adit.yml');
  const { authtoken } = firstRunOf(server);

  expect(run(['config', 'add-connect-url', server.ready.connect], env).exitCode).toBe(0);
  const added = run(['config', 'add-authtoken', '-'], env, `${authtoken}\n`);
  expect({ ...added, stdout: '' }).toEqual({ stdout: '', stderr: '', exitCode: 0 });
  expect((await stat(file)).mode & 0o777).toBe(0o600);

  const [one, two] = [await startService('one'), await startService('two')];
  const endpoints = `endpoints:\n  - {name: a, url: "tcp://", upstream: {url: ${one}}}\n  - {name: b, url: "tcp://", upstream: {url: ${two}}}\n`;
  await writeFile(file, (await readFile(file, 'utf8')) + endpoints);
  expect(run(['config', 'check'], env).stdout).toBe(`Valid, with 2 endpoints: "${file}"\n`);

  const diagnosed = run(['diagnose'], env);
  expect(diagnosed.stdout).toContain('The agent can connect.');
  expect(diagnosed.stdout.match(/\[ OK \] Service/g)).toHaveLength(2);
  expect(diagnosed.exitCode).toBe(0);

  const agent = startAdit(['start', '--all'], env);
  onTestFinished(async () => void (await agent.stop('SIGKILL')));
  for (const [port, greeting] of [
    [one, 'one'],
    [two, 'two'],
  ] as const) {
    const url = await agent.waitFor((line) => {
      const event = JSON.parse(line) as { msg: string; url?: string; addr?: string };
      return event.msg === 'started tunnel' && event.addr?.endsWith(`:${port}`) ? event.url : undefined;
    });
    expect(await text(connect(Number(new URL(url).port), '127.0.0.1'))).toBe(greeting);
  }
  expect(agent.lines.join('\n')).not.toContain(authtoken);
  expect(await agent.stop()).toBe(0);
});

test('start brings forty endpoints online, more than a server takes at once', async () => {
  const server = await startServer();
  const file = join(await newDataDir(), 'adit.yml');
  const agent = `{ connect_url: ${server.ready.connect}, connect_cas: ${server.ready.caFile}, web_addr: false }`;
  const endpoints = Array.from({ length: 40 }, (_, i) => `  - { name: e${i}, url: e${i}, upstream: { url: 3000 } }\n`);
  await writeFile(file, `version: 3\nagent: ${agent}\nendpoints:\n${endpoints.join('')}`);
  const { authtoken } = firstRunOf(server);
  const running = startAdit(['start', '--all', '--config', file], { ADIT_AUTHTOKEN: authtoken });
  onTestFinished(async () => void (await running.stop('SIGKILL')));
  const started = () => running.lines.filter((line) => line.includes('"started tunnel"')).length;
  await running.waitFor(() => (started() === 40 ? true : undefined));
  expect(await running.stop()).toBe(0);
});

test('a flag that would show a password to others is refused, before anything is dialled', () => {
  const refused = run(['http', '3000', '--basic-auth', 'user:hunter2'], {});
  expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
  expect(refused.stderr).toMatch(
    /^adit: Cannot use --basic-auth: others on this machine can read [^]*--basic-auth-file/,
  );
  expect(refused.stderr).not.toContain('hunter2');
});
