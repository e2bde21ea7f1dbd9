import { spawnSync } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { runAdit } from '../run-adit.ts';

async function scriptOf(shell: string): Promise<string> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const io = { stdin, stdout, stderr, env: {}, interrupted: AbortSignal.abort() };
  expect(await runAdit(['completion', shell], io)).toBe(0);
  stdout.end();
  return await text(stdout);
}

const has = (shell: string) => spawnSync(shell, ['--version']).status === 0;

describe.skipIf(!has('bash'))('in bash', () => {
  let script = '';
  beforeAll(async () => {
    script = await scriptOf('bash');
  });

  /** What bash offers for the last of the words. */
  function offers(...words: string[]): string[] {
    const quoted = words.map((word) => `'${word}'`).join(' ');
    const line = `COMP_WORDS=(adit ${quoted}); COMP_CWORD=${words.length}; compopt() { echo "compopt $*"; }; _adit; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-uc', `${script}\n${line}`], { encoding: 'utf8' });
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
    for (const word of ['http', 'config', 'add-authtoken', 'upstream-proxy-protocol', 'write-report', 'limit-nofile']) {
      expect(script).toContain(word);
    }
    expect(script).not.toMatch(/oauth|basic-auth|proxy-proto\b|terminate-at/);
    if (!has(shell)) return;
    // Through a pipe of the shell's: Node's own are sockets, which fish cannot read a script from.
    const { stderr, status } = spawnSync('sh', ['-c', `cat | ${shell} -n`], { input: script, encoding: 'utf8' });
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
