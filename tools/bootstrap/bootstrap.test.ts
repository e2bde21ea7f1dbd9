import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const bootstrap = new URL('../bootstrap.mjs', import.meta.url).pathname;

it('any Node.js with modules can read the file that checks its version', () => {
  const source = readFileSync(bootstrap, 'utf8');
  const code = source.replace(/^(#!|\/\/).*$/gm, '');
  expect(code).not.toMatch(/^import |\bawait\b|\?\.|\?\?|=>|`|\bconst\b/m);
});

it('an old Node.js gets a sentence and exit code 1', () => {
  const pretendOld =
    "Object.defineProperty(process.versions, 'node', { value: '18.20.0' }); process.argv.splice(1, 0, '');";
  const code = `${pretendOld} await import(${JSON.stringify(bootstrap)})`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
  expect(stderr).toBe(
    'Adit needs Node.js 20 or newer to install itself, and this is 18.20.0. Get one from https://nodejs.org\n',
  );
  expect(status).toBe(1);
});
