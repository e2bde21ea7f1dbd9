import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testIo } from '../command-io.testkit.ts';
import { ownerName } from './owner-name.ts';
import { serviceCommands } from './service-commands.ts';

let dir: string;
let config: string;
let unit: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'adit-service-'));
  config = join(dir, 'adit.yml');
  unit = join(dir, 'systemd/user/adit-agent.service');
  await mkdir(join(dir, 'bin'));
  await systemctl('echo "$@" >> "$0.log"');
  await writeConfig('endpoints: [{name: a, upstream: {url: 3000}}]\n');
});
afterEach(() => rm(dir, { recursive: true }));

async function writeConfig(endpoints: string, agent = '  authtoken: hunter2\n  connect_url: a:443\n') {
  await writeFile(config, `version: 3\nagent:\n${agent}${endpoints}`, { mode: 0o600 });
}

/** A program in the place of systemctl that remembers what it was asked. */
async function systemctl(script: string) {
  const path = join(dir, 'bin/systemctl');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

async function run(action: string, options: Record<string, string> = {}) {
  const io = testIo({
    env: { XDG_CONFIG_HOME: dir, PATH: `${join(dir, 'bin')}:/usr/bin:/bin`, ADIT_AUTHTOKEN: 'env' },
  });
  const group = serviceCommands(['/opt/node', '/opt/adit.mjs']);
  const command = group.commands.find(({ name }) => name === `service ${action}`);
  const exitCode = await command!.run({ arguments: [], options: { system: 'false', ...options } }, io);
  return { exitCode, stdout: io.out.text, stderr: io.err.text };
}

const asked = () => readFile(join(dir, 'bin/systemctl.log'), 'utf8');

describe.skipIf(process.platform !== 'linux')('with systemd', () => {
  it('install describes the service without any secret, and enables it', async () => {
    const { exitCode, stdout } = await run('install', { config, 'limit-nofile': '65536' });
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: `Installed as "${unit}". Start it: adit service start\n`,
    });
    const text = await readFile(unit, 'utf8');
    expect(text).toContain(`ExecStart="/opt/node" "/opt/adit.mjs" "start" "--all" "--config" "${config}"\n`);
    expect(text).toContain('LimitNOFILE=65536\n');
    expect(text).not.toMatch(/hunter2|env/);
    expect(await asked()).toBe('--user daemon-reload\n--user enable adit-agent.service\n');
  });

  it.each([
    ['start', '--user start adit-agent.service\n'],
    ['stop', '--user stop adit-agent.service\n'],
    ['restart', '--user restart adit-agent.service\n'],
    ['status', '--user status --no-pager adit-agent.service\n'],
  ])('%s asks systemctl, and passes on what it says and its exit code', async (action, expected) => {
    await run('install', { config });
    await systemctl('echo "$@" > "$0.log"; echo said; exit 3');
    const { exitCode, stdout, stderr } = await run(action);
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: 'said\n' });
    expect(stderr).toContain('ended with code 3');
    expect(await asked()).toBe(expected);
  });

  it('uninstall removes the description and leaves the configuration', async () => {
    await run('install', { config });
    expect(await run('uninstall')).toMatchObject({ exitCode: 0, stderr: '' });
    await expect(readFile(unit)).rejects.toThrow('ENOENT');
    expect(await readFile(config, 'utf8')).toContain('hunter2');
    expect(await asked()).toContain('--user disable --now adit-agent.service\n--user daemon-reload\n');
  });

  it.each(['uninstall', 'start', 'status'])('%s says so when there is no service', async (action) => {
    expect(await run(action)).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('adit service install') });
  });

  it('says so when there is no systemctl', async () => {
    await rm(join(dir, 'bin/systemctl'));
    await mkdir(join(dir, 'systemd/user'), { recursive: true });
    await writeFile(unit, '');
    const io = testIo({ env: { XDG_CONFIG_HOME: dir, PATH: join(dir, 'bin') } });
    const start = serviceCommands(['/opt/node']).commands.find(({ name }) => name === 'service start');
    expect(await start!.run({ arguments: [], options: { system: 'false' } }, io)).toBe(5);
    expect(io.err.text).toContain('there is no program "systemctl" here');
  });
});

it.each([
  ['', undefined, 'has no endpoints', 2],
  ['endpoints: [{name: a, upstream: {url: x}}]\n', undefined, 'Cannot forward to "x"', 2],
  ['endpoints: [{name: a, upstream: {url: 1}}]\n', '  connect_url: a:443\n', 'no authtoken', 3],
  ['endpoints: [{name: a, upstream: {url: 1}}]\n', '  authtoken: hunter2\n', 'no server address', 2],
])('install refuses a configuration that could not run: %j', async (endpoints, agent, message, exitCode) => {
  await writeConfig(endpoints, agent);
  expect(await run('install', { config })).toMatchObject({ exitCode, stderr: expect.stringContaining(message) });
  await expect(readFile(unit)).rejects.toThrow('ENOENT');
});

it.each([
  [{}, '--config is missing'],
  [{ 'limit-nofile': 'many' }, '--limit-nofile'],
])('install refuses options %j', async (options, message) => {
  const given = 'limit-nofile' in options ? { ...options, config } : options;
  expect(await run('install', given)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(message) });
});

it.skipIf(process.platform === 'win32')("ownerName() finds the name of a file's owner, else the number", async () => {
  const passwd = join(dir, 'passwd');
  const uid = process.getuid?.();
  await writeFile(passwd, `root2:x:${uid}9:0::/:/bin/sh\nsomebody:x:${uid}:0::/:/bin/sh\n`);
  expect(await ownerName(config, passwd)).toBe('somebody');
  expect(await ownerName(config, join(dir, 'none'))).toBe(String(uid));
});
