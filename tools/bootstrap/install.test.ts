import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { ensureInstalled, InstallFailed, npmCommand } from './install.mjs';

let root = '';
let lines: string[] = [];
const log = (line: string) => lines.push(line);

/** An npm that leaves what the real one leaves at the end of `npm ci`, or fails with a message. */
const installs = "require('node:fs').cpSync('package-lock.json', 'node_modules/.package-lock.json')";
const fails = "console.error('no such version'); process.exit(7)";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'adit-install-'));
  lines = [];
  onTestFinished(() => {
    rmSync(root, { recursive: true });
    vi.unstubAllEnvs();
  });
  mkdirSync(join(root, 'node_modules'));
  writeFileSync(
    join(root, 'package-lock.json'),
    JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } }),
  );
});

function useNpm(program: string): void {
  writeFileSync(join(root, 'npm-cli.js'), `require('node:fs').appendFileSync('calls', 'x'); ${program}`);
  vi.stubEnv('npm_execpath', join(root, 'npm-cli.js'));
}

/** A process of its own that installs and prints what it says; `then` is code that handles the promise. */
function startInstalling(then = '') {
  const module = new URL('./install.mjs', import.meta.url).href;
  const call = `(await import('${module}')).ensureInstalled(${JSON.stringify(root)}, { log: console.log })${then}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', `await ${call}`]);
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

it('ensureInstalled() installs once, says so, and is silent when everything is there', async () => {
  useNpm(installs);
  await ensureInstalled(root, { log });
  expect(lines).toEqual([expect.stringMatching(/^Installing/), expect.stringMatching(/^Installed in \d+ s\.$/)]);
  useNpm(fails);
  await ensureInstalled(root, { log });
  expect(lines).toHaveLength(2);
});

it('ensureInstalled() fails with what npm printed and gives the lock back', async () => {
  useNpm(fails);
  const failure = await ensureInstalled(root, { log }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(InstallFailed);
  expect(failure).toMatchObject({
    message: 'no such version\nCannot install packages: npm ended with 7',
    signal: null,
  });
  expect(existsSync(join(root, '.install.lock'))).toBe(false);
});

it('an interruption ends npm at once, is told as such, and gives the lock back', async () => {
  useNpm("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)");
  const run = startInstalling('.catch((error) => console.log(error.signal))');
  const output = text(run.stdout);
  await vi.waitUntil(() => existsSync(join(root, 'calls')), { timeout: 15_000 });
  run.kill('SIGTERM');
  expect(await output).toMatch(/SIGTERM\n$/);
  expect(existsSync(join(root, '.install.lock'))).toBe(false);
});

it('two processes at once install once', async () => {
  useNpm(`const look = setInterval(() => {
    if (!require('node:fs').existsSync('go')) return;
    clearInterval(look);
    ${installs};
  }, 10)`);
  const runs = [startInstalling(), startInstalling()];
  for (const { stdout } of runs)
    stdout.on('data', (bytes) => void (String(bytes).includes('Waiting') && writeFileSync(join(root, 'go'), '')));
  const outputs = (await Promise.all(runs.map(({ stdout }) => text(stdout)))).toSorted();
  expect(outputs).toEqual([
    expect.stringMatching(/^Installing[^]*Installed/),
    expect.stringMatching(/^Waiting for process \d+/),
  ]);
  expect(readFileSync(join(root, 'calls'), 'utf8')).toBe('x');
});

it('npmCommand() prefers the npm that started us and takes no other package manager for it', () => {
  expect(npmCommand({ npm_execpath: '/opt/npm/bin/npm-cli.js' })).toEqual([
    process.execPath,
    '/opt/npm/bin/npm-cli.js',
  ]);
  expect(npmCommand({ npm_execpath: '/opt/yarn/yarn.js' })).toEqual(['npm']);
  expect(npmCommand({})).toEqual(['npm']);
});
