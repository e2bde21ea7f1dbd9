// What docs/how-to/run-in-production.md tells the reader to write and run, given to the programs it is for.
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { loadServerOptions } from '../packages/server/src/config/load-options.ts';
import { freePort } from '../packages/server/src/edge/listener/free-ports.testkit.ts';
import { startKnot } from './support/knot.ts';
import { startAdit } from './support/process.ts';
import { run } from './support/program.ts';
import { requires } from './support/requires.ts';
import { newDataDir, startServer } from './support/server.ts';
import { startUserManager } from './support/systemd.ts';

const repository = new URL('..', import.meta.url).pathname;
const guide = await readFile(join(repository, 'docs/how-to/run-in-production.md'), 'utf8');

interface Block {
  readonly language: string;
  readonly text: string;
}

const blocks: readonly Block[] = [...guide.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(
  ([, language = '', text = '']) => ({
    ...{ language, text },
  }),
);

/** The block that begins with a comment of that path or words, maybe after a line that names the interpreter. */
function blockOf(title: string): string {
  const found = blocks.filter(({ text }) =>
    text
      .split('\n')
      .slice(0, 2)
      .some((line) => /^(#|;|\/\/) (.*)$/.exec(line)?.[2] === title),
  );
  expect(found, `blocks of ${title}`).toHaveLength(1);
  return found[0]?.text ?? '';
}

/** Commands of the guide that hold those words, each on its line, without the comment behind it. */
function commandsWith(words: string): string[] {
  const lines = blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => text.split('\n'));
  const found = lines.filter((line) => line.includes(words)).map((line) => line.replace(/\s+#.*$/, ''));
  expect(found.length, `commands with ${words}`).toBeGreaterThan(0);
  return found;
}

async function newDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'adit-guide-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function write(dir: string, path: string, text: string): Promise<string> {
  const file = join(dir, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text, { mode: 0o600 });
  return file;
}

async function runs(command: readonly string[], options: Parameters<typeof run>[1] = {}): Promise<string> {
  const { code, stdout, stderr } = await run(command, options);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
  return stdout + stderr;
}

const here = (text: string): string => text.replaceAll('/opt/adit/', repository);

it('systemd takes the units as they are', async (context) => {
  requires(context, ['systemctl']);
  const dir = await newDir();
  const units = ['adit@a.service', 'adit-backup.service', 'adit-backup.timer'];
  for (const name of units) await write(dir, name, here(blockOf(`/etc/systemd/system/${name.replace('@a', '@')}`)));
  const said = await runs([
    'systemd-analyze',
    'verify',
    '--man=no',
    '--recursive-errors=no',
    ...units.map((unit) => join(dir, unit)),
  ]);
  expect(said).toBe('');
  await expect(
    run(['systemd-analyze', 'verify', '--man=no', await write(dir, 'bad.service', '[Service]\nTyp=exec\n')]),
  ).resolves.toMatchObject({ code: 1 });
});

it('nft takes the rules', async (context) => {
  requires(context, ['nft']);
  const dir = await newDir();
  const rules = blockOf('/etc/nftables.conf');
  await runs(['unshare', '--net', 'nft', '-c', '-f', await write(dir, 'nftables.conf', rules)]);
  const wrong = await write(dir, 'wrong.conf', rules.replace('tcp dport 22', 'tcp port 22'));
  expect((await run(['unshare', '--net', 'nft', '-c', '-f', wrong])).code).not.toBe(0);
});

it.each([
  ['by itself', []],
  ['with DNS UPDATE', ['more of /etc/adit/server.yml']],
  ['with a hook', ['or this in /etc/adit/server.yml']],
])('the server takes its configuration, %s', async (_title, more) => {
  const parts = ['/etc/adit/server.yml', ...more].map(blockOf);
  const options = await loadServerOptions({}, await write(await newDir(), 'server.yml', parts.join('')));
  const own = { domain: 'example.com', 'acme-email': 'you@example.com' };
  expect(options).toMatchObject({ ...own, 'data-dir': '/var/lib/adit', 'take-over': false });
});

it('Knot takes the records, the configuration and the key', async (context) => {
  requires(context, ['knotd', 'keymgr', 'kzonecheck']);
  const dir = await newDir();
  const head = '$ORIGIN example.com.\n$TTL 3600\n@ SOA ns admin 1 3600 600 86400 300\n@ NS ns\nns A 203.0.113.53\n';
  const zone = await write(dir, 'example.com.zone', head + blockOf('records of example.com'));
  await runs(['kzonecheck', '-o', 'example.com', zone]);
  const [makeKey = ''] = commandsWith('keymgr -t');
  await runs(['sh', '-c', makeKey.replaceAll('/etc/knot/', `${dir}/`)]);
  const configuration = blockOf('/etc/knot/knot.conf').replaceAll('/etc/knot/', `${dir}/`);
  await runs(['knotc', '-c', await write(dir, 'knot.conf', configuration), 'conf-check']);
});

it('BIND takes its part of the configuration', async (context) => {
  requires(context, ['named-checkconf']);
  const dir = await newDir();
  const keyFile = await write(dir, 'adit.key', `key "adit" { algorithm hmac-sha256; secret "${'A'.repeat(43)}="; };\n`);
  const configuration = blockOf('/etc/bind/named.conf.local').replace('/etc/bind/adit.key', keyFile);
  await runs(['named-checkconf', await write(dir, 'named.conf', configuration)]);
});

const notHere = /^(User|PrivateTmp|ProtectHome|ProtectKernelLogs|ProtectKernelTunables)=.*\n/gm;

it('under systemd, the second instance takes the place of the first, within the limits of the unit', async (context) => {
  requires(context, ['systemctl']);
  context.skip(process.getuid?.() !== 0, 'needs root, to give systemd a mount namespace of its own');
  const manager = await startUserManager();
  const [https, http, operator] = [await freePort(), await freePort(), await freePort()];
  // Where the state directory of a user's unit is.
  const options = {
    domain: 'localhost',
    'https-port': https,
    'http-port': http,
    'data-dir': join(manager.configHome, 'adit'),
  };
  const config = await write(
    manager.configHome,
    'server.yml',
    `${JSON.stringify({ ...options, 'operator-listen': `127.0.0.1:${operator}` })}\n`,
  );
  const unit = here(blockOf('/etc/systemd/system/adit@.service')).replace('/etc/adit/server.yml', config);
  // A manager of a user has no other users; the test's files are in the common /tmp; and containers may not mask the rest.
  await write(manager.configHome, 'systemd/user/adit@.service', unit.replace(notHere, ''));
  const start = (instance: string) => manager.run(['systemctl', '--user', 'start', `adit@${instance}`]);
  const isReady = async () => (await fetch(`http://127.0.0.1:${operator}/readyz`).catch(() => undefined))?.status;
  const state = async (instance: string) => manager.show(`adit@${instance}`, 'ActiveState', 'Result', 'NRestarts');
  const running = { ActiveState: 'active', Result: 'success', NRestarts: '0' };
  expect(await start('a')).toMatchObject({ code: 0 });
  await expect.poll(isReady, { timeout: 20_000 }).toBe(200);
  expect(await state('a')).toEqual(running);
  expect(await start('b')).toMatchObject({ code: 0 });
  await expect.poll(() => state('a'), { timeout: 40_000 }).toEqual({ ...running, ActiveState: 'inactive' });
  expect(await state('b')).toEqual(running);
  await expect.poll(isReady, { timeout: 20_000 }).toBe(200);
}, 120_000); // As long as its waits together.

it('the hook adds and removes single values at Knot', async (context) => {
  requires(context, ['knotd', 'keymgr']);
  const knot = await startKnot({ zones: { 'example.com': [] } });
  const dir = await newDir();
  const hook = await write(dir, 'dns-hook', blockOf('/etc/adit/dns-hook'));
  // The one of the machine would ask for root's socket.
  const knotc = await write(dir, 'bin/knotc', `#!/bin/sh\nexec /usr/sbin/knotc -s ${knot.controlSocket} "$@"\n`);
  await chmod(knotc, 0o700);
  const name = '_acme-challenge.example.com';
  const call = (verb: string, value: string) =>
    runs(['sh', hook, verb, name], { env: { PATH: `${dir}/bin:${process.env['PATH']}`, ADIT_DNS_VALUE: value } });
  await call('present', 'one');
  await call('present', 'Two-_2');
  await expect.poll(() => knot.texts(name)).toEqual(['Two-_2', 'one']);
  await call('remove', 'one');
  await expect.poll(() => knot.texts(name)).toEqual(['Two-_2']);
});

it('the first start by hand shows the keys, and the second does not', async () => {
  const dataDir = await newDataDir();
  const [command = ''] = commandsWith('adit server');
  const words = command.replace('runuser -u adit -- adit ', '').replace('/var/lib/adit', dataDir).split(' ');
  const first = startAdit(words);
  onTestFinished(async () => void (await first.stop('SIGKILL')));
  expect(await first.waitFor((line) => /^API key +(adit_ak_)/.exec(line)?.[1])).toBe('adit_ak_');
  expect(await first.waitFor((line) => /^Authtoken +(adit_at_)/.exec(line)?.[1])).toBe('adit_at_');
  expect(await first.stop('SIGINT')).toBe(0);
  expect((await startServer({ dataDir })).ready.firstRun).toBeNull();
});

it('the backup of the timer is made while the server serves', async () => {
  const dataDir = await newDataDir();
  await startServer({ dataDir });
  const dir = await newDir();
  const config = await write(dir, 'server.yml', `data-dir: ${dataDir}\n`);
  await mkdir(join(dir, 'adit-backups'));
  const unit = here(blockOf('/etc/systemd/system/adit-backup.service'));
  const commands = [...unit.matchAll(/^ExecStart(?:Post)?=(.*)$/gm)].map(([, line = '']) => line);
  expect(commands).toHaveLength(2);
  for (const command of commands) {
    // What systemd puts in place of its specifiers.
    const line = command
      .replaceAll(/%[S%]/g, (word) => (word === '%S' ? dir : '%'))
      .replaceAll('/etc/adit/server.yml', config);
    await runs(['sh', '-c', line]);
  }
  const [backup = '', ...others] = await readdir(join(dir, 'adit-backups'));
  expect(others).toEqual([]);
  expect(backup).toMatch(/^adit-\d{4}-\d\d-\d\d-\d{6}\.backup$/);
  const restored = join(dir, 'restored');
  await runs([
    process.execPath,
    join(repository, 'packages/cli/bin/adit.mjs'),
    'admin',
    'restore',
    join(dir, 'adit-backups', backup),
    '--data-dir',
    restored,
  ]);
});
