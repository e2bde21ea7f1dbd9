import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { countsFileVariable } from './count-reporter.ts';

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
const reporter = fileURLToPath(new URL('./count-reporter.ts', import.meta.url));

const files = {
  'mixed.test.js': `
    import { describe, expect, it } from 'vitest';
    it('passes', () => {});
    it('fails', () => expect(1).toBe(2));
    describe('group', () => it('needs a tool', (context) => context.skip(true, 'needs the Debian package x')));
    it.skipIf(true)('is skipped silently', () => {});`,
  'broken.test.js': "throw new Error('while loading')",
};

it('the reporter counts passes, failures, files that do not load, and skips with their reasons', () => {
  const folder = mkdtempSync(join(tmpdir(), 'adit-counts-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  symlinkSync(modules, join(folder, 'node_modules'));
  for (const [name, source] of Object.entries(files)) writeFileSync(join(folder, name), source);
  const counts = join(folder, 'counts.json');
  const { status } = spawnSync(join(modules, '.bin', 'vitest'), ['run', `--reporter=${reporter}`], {
    cwd: folder,
    env: { ...process.env, [countsFileVariable]: counts },
  });
  expect(status).toBe(1);
  expect(JSON.parse(readFileSync(counts, 'utf8'))).toEqual({
    passed: 1,
    failed: 2,
    skipped: 2,
    skips: ['group > needs a tool: needs the Debian package x', 'is skipped silently: no reason given'],
    failures: ['broken.test.js', 'mixed.test.js > fails'],
  });
}, 60_000);
