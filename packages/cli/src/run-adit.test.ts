import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { runAdit } from './run-adit.ts';

async function run(...words: string[]) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const exitCode = await runAdit(words, { stdout, stderr, env: {}, interrupted: AbortSignal.abort() });
  stdout.end();
  stderr.end();
  return { exitCode, stdout: await text(stdout), stderr: await text(stderr) };
}

it.each([[[]], [['help']], [['--help']], [['-h']]])('runAdit(%j) lists the commands', async (words) => {
  const { exitCode, stdout, stderr } = await run(...words);
  expect(stdout.match(/^ {2}adit \w+/gm)).toEqual(
    ['http', 'server', 'quickstart', 'version'].map((it) => `  adit ${it}`),
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
});

it.each(['http', 'server', 'quickstart', 'version'])('"help %s" says what --help says', async (name) => {
  const help = await run('help', name);
  expect(help).toEqual(await run(name, '--help'));
  expect(help).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`Usage: adit ${name}`), stderr: '' });
});

it.each([
  [['htpp', '3000'], 'Cannot run "adit htpp": there is no such command; did you mean "http"?'],
  [['-x'], 'Cannot run "adit -x": there is no such command'],
  [['help', 'frobnicate'], 'Cannot run "adit frobnicate": there is no such command'],
  [['http'], 'Cannot run "adit http": missing required argument "upstream"'],
  [['http', '3000', '--ulr', 'x'], 'Cannot run "adit http": unknown option "--ulr"; did you mean "--url"?'],
  [['http', '3000', '4000'], 'Cannot run "adit http": too many arguments; expected 1 argument but got 2: 3000, 4000'],
  [['http', '3000', '--url'], 'Cannot run "adit http": option "--url <url>" argument missing'],
])('runAdit(%j) says %j and what to do', async (words, message) => {
  const { exitCode, stdout, stderr } = await run(...words);
  const help = 'Run "adit <command> --help", or "adit help" for the commands.';
  expect(stderr).toBe(`adit: ${message}\n${help} (ERR_ADIT_9500)\n`);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
});
