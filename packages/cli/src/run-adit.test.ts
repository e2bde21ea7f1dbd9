import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { runAdit } from './run-adit.ts';

async function run(...words: string[]) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const exitCode = await runAdit(words, { stdin, stdout, stderr, env: {}, interrupted: AbortSignal.abort() });
  stdout.end();
  stderr.end();
  return { exitCode, stdout: await text(stdout), stderr: await text(stderr) };
}

const names =
  'http tcp tls tunnel start login mfa config diagnose service api server audit policy admin quickstart completion version'.split(
    ' ',
  );

it.each([[[]], [['help']], [['--help']], [['-h']]])('runAdit(%j) lists the commands', async (words) => {
  const { exitCode, stdout, stderr } = await run(...words);
  expect(stdout.match(/^ {2}adit \w+/gm)).toEqual(names.map((it) => `  adit ${it}`));
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
});

const single = names
  .filter((name) => !['config', 'service', 'audit', 'policy', 'admin', 'api', 'mfa'].includes(name))
  .map((name) => [name]);

it.each([
  ...single,
  ['config', 'check'],
  ['config', 'upgrade'],
  ['service', 'install'],
  ['audit', 'verify'],
  ['policy', 'check'],
  ['policy', 'explain'],
  ['mfa', 'add'],
  ['admin', 'account', 'create'],
])('"help %s %s" says what --help says', async (...words) => {
  const named = words.filter((word) => typeof word === 'string');
  const help = await run('help', ...named);
  expect(help).toEqual(await run(...named, '--help'));
  const usage = expect.stringContaining(`Usage: adit ${named.join(' ')}`);
  expect(help).toMatchObject({ exitCode: 0, stdout: usage, stderr: '' });
});

it.each([
  ['config', ['add-authtoken', 'add-connect-url', 'check', 'edit', 'upgrade']],
  ['audit', ['export', 'verify']],
  ['policy', ['check', 'explain']],
  ['service', ['install', 'uninstall', 'start', 'stop', 'restart', 'status']],
])('"adit %s" lists its commands, with and without --help', async (group, commands) => {
  const bare = await run(group);
  expect(bare).toEqual(await run(group, '--help'));
  expect(bare).toEqual(await run('help', group));
  expect(bare.stdout.match(/^ {2}adit \w+ [\w-]+/gm)).toEqual(commands.map((it) => `  adit ${group} ${it}`));
  expect(bare.exitCode).toBe(0);
});

it('"adit admin account" lists the commands of accounts only, "adit admin" all of them', async () => {
  const commands = ['create', 'list', 'suspend', 'resume', 'delete'].map((word) => `  adit admin account ${word}`);
  for (const words of [
    ['admin', 'account'],
    ['help', 'admin', 'account'],
    ['admin', 'account', '--help'],
  ]) {
    const { exitCode, stdout } = await run(...words);
    expect(stdout.match(/^ {2}adit admin \w+ \w+/gm)).toEqual(commands);
    expect(exitCode).toBe(0);
  }
  expect((await run('admin')).stdout).toMatch(/^ {2}adit admin key +Create/m);
});

it('"adit api" lists resources, a resource its commands, and each has its help', async () => {
  const api = await run('api');
  expect(api).toEqual(await run('help', 'api'));
  expect(api.stdout).toMatch(/^ {2}adit api vaults +Create, list, get, update, delete$/m);
  expect((await run('api', 'vaults')).stdout).toMatch(/^ {2}adit api vaults list +List every vault$/m);
  const help = await run('help', 'api', 'vaults', 'create');
  expect(help).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('Usage: adit api vaults create'),
    stderr: '',
  });
});

it('help is silent about old and refused options', async () => {
  const { stdout } = await run('http', '--help');
  expect(stdout).toContain('--upstream-proxy-protocol');
  expect(stdout).toContain('--traffic-policy-file');
  expect(stdout).not.toMatch(/--(?:proxy-proto|oauth|region|authtoken|policy-file|basic-auth |verify-webhook-secret )/);
});

it.each([
  [['htpp', '3000'], 'Cannot run "adit htpp": there is no such command; did you mean "http"?'],
  [['config', 'chek'], 'Cannot run "adit config chek": there is no such command; did you mean "check"?'],
  [['admin', 'acount'], 'Cannot run "adit admin acount": there is no such command; did you mean "account"?'],
  [['admin', 'account', 'lst'], 'Cannot run "adit admin account lst": there is no such command; did you mean "list"?'],
  [['api', 'vault'], 'Cannot run "adit api vault": there is no such command; did you mean "vaults"?'],
  [['api', 'vaults', 'lst'], 'Cannot run "adit api vaults lst": there is no such command; did you mean "list"?'],
  [
    ['api', 'vaults', 'create', '--descripton', 'x'],
    'Cannot run "adit api vaults create": unknown option "--descripton"; did you mean "--description"?',
  ],
  [['-x'], 'Cannot run "adit -x": there is no such command'],
  [['help', 'frobnicate'], 'Cannot run "adit frobnicate": there is no such command'],
  [['http'], 'Cannot run "adit http": missing required argument "upstream"'],
  [['http', '3000', '--ulr', 'x'], 'Cannot run "adit http": unknown option "--ulr"; did you mean "--url"?'],
  [['http', '3000', '4000'], 'Cannot run "adit http": too many arguments; expected 1 argument but got 2: 3000, 4000'],
  [['http', '3000', '--url'], 'Cannot run "adit http": option "--url <url>" argument missing'],
  [['config', 'add-connect-url'], 'Cannot run "adit config add-connect-url": missing required argument "address"'],
  [['start', '--inspect'], 'Cannot run "adit start": unknown option "--inspect"'],
  [
    ['server', "--database-url=postgresql://adit:it's@secret/adit"],
    'Cannot run "adit server": unknown option "--database-url"',
  ],
])('runAdit(%j) says %j and what to do', async (words, message) => {
  const { exitCode, stdout, stderr } = await run(...words);
  const help = 'Run "adit <command> --help", or "adit help" for the commands.';
  expect(stderr).toBe(`adit: ${message}\n${help} (ERR_ADIT_9500)\n`);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
});
