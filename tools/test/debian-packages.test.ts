import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { isInstalled, testPrograms } from './debian-packages.ts';

it('isInstalled() sees executable files in PATH and nothing else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'adit-path-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const program = 'adit-test-program';
  expect(isInstalled(program, `/nowhere:${folder}`)).toBe(false);
  writeFileSync(join(folder, program), '');
  chmodSync(join(folder, program), 0o755);
  expect(isInstalled(program, `/nowhere:${folder}`)).toBe(true);
});

it.each(Object.entries(testPrograms))(
  '%s says what it is needed for, as the end of a sentence',
  (_name, { purpose }) => {
    expect(purpose).toMatch(/^to .*[^.]$/);
  },
);
