import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAdit } from '../run-adit.ts';

async function scriptOf(shell: string): Promise<string> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const io = { stdin, stdout, stderr, env: {}, interrupted: AbortSignal.abort() };
  expect(await runAdit(['completion', shell], io)).toBe(0);
  stdout.end();
  return await text(stdout);
}

const directory = mkdtempSync(join(tmpdir(), 'adit-completion-'));
afterAll(() => rmSync(directory, { recursive: true }));

const has = (shell: string) => spawnSync(shell, ['--version']).status === 0;

it('a script longer than a pipe holds is printed whole, also to a slow reader', async () => {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, 'completion', 'fish'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  for await (const piece of child.stdout.setEncoding('utf8')) printed += String(piece);
  const script = await scriptOf('fish');
  expect(script.length).toBeGreaterThan(65_536);
  expect(printed).toBe(script);
});

describe.skipIf(!has('bash'))('in bash', () => {
  let script = '';
  beforeAll(async () => {
    script = await scriptOf('bash');
  });

  /** What bash offers for the last of the words. */
  function offers(...words: string[]): string[] {
    const quoted = words.map((word) => `'${word}'`).join(' ');
    const line = `COMP_WORDS=(adit ${quoted}); COMP_CWORD=${words.length}; compopt() { echo "compopt $*"; }; _adit; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-us'], {
      ...{ input: `${script}\n${line}`, encoding: 'utf8' },
    });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    return stdout.split('\n').filter(Boolean);
  }

  it.each([
    [['ht'], ['http']],
    [['s'], ['start', 'service', 'server']],
    [
      ['config', 'add'],
      ['add-authtoken', 'add-connect-url'],
    ],
    [
      ['http', '--upstream-p'],
      ['--upstream-protocol', '--upstream-proxy-protocol'],
    ],
    [
      ['http', '--log-format', ''],
      ['term', 'logfmt', 'json'],
    ],
    [['http', '--url', ''], []],
    [['http', '--config', ''], ['compopt -o default']],
    [['config', 'check', '--c'], ['--config']],
    [['config', 'upgrade', '--dr'], ['--dry-run']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish', '--help'],
    ],
    [
      ['api', 'ip'],
      ['ip-policies', 'ip-policy-rules', 'ip-restrictions'],
    ],
    [
      ['api', 'vaults', ''],
      ['create', 'list', 'get', 'update', 'delete'],
    ],
    [
      ['api', 'ip-policy-rules', 'create', '--action', ''],
      ['allow', 'deny'],
    ],
    [['api', 'vaults', 'list', '--al'], ['--all']],
    [['api', 'nonsense', ''], []],
    [['diagnose', '-w', ''], ['compopt -o default']],
    [['tcp', '--oauth'], []],
    [['admin', 'a'], ['account']],
    [['admin', 'account', 's'], ['suspend']],
    [['admin', 'account', 'delete', '--y'], ['--yes']],
    [
      ['admin', 'key', 'create', '--kind', ''],
      ['authtoken', 'api_key'],
    ],
    [['nonsense', ''], []],
  ])('%j offers %j', (words, expected) => {
    expect(offers(...words)).toEqual(expected);
  });
});

it.each(['zsh', 'fish'])(
  '%s: every command and option that is shown is in the script, nothing hidden',
  async (shell) => {
    const script = await scriptOf(shell);
    for (const word of [
      'http',
      'config',
      'add-authtoken',
      'upstream-proxy-protocol',
      'write-report',
      'limit-nofile',
      'ip-policy-rules',
    ]) {
      expect(script).toContain(word);
    }
    // What the API calls its own is another matter.
    const ofAgents = script.split('\n').filter((line) => !/\bapi[ ;]/.test(line));
    expect(ofAgents.join('\n')).not.toMatch(
      /oauth|basic-auth(?!-file)|verify-webhook-secret(?!-file)|proxy-proto\b|terminate-at/,
    );
    if (!has(shell)) return;
    // A file: not every shell reads a socket, which is what Node gives as standard input.
    const file = join(directory, shell);
    writeFileSync(file, script);
    const { stderr, status } = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  },
);

it('"adit completion" knows three shells only', async () => {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const io = { stdin, stdout, stderr, env: {}, interrupted: AbortSignal.abort() };
  expect(await runAdit(['completion', 'tcsh'], io)).toBe(2);
  stderr.end();
  expect(await text(stderr)).toContain('"tcsh": there are bash, zsh and fish');
});
