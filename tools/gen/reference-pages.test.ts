import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { generate } from './reference-pages.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'adit-gen-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const pages = { 'a.md': () => 'A\n', 'b.md': async () => 'B\n' };

test('generate() writes every page, and a check after it finds nothing', async () => {
  expect(await generate(pages, join(directory, 'new'), false)).toEqual([]);
  expect(readFileSync(join(directory, 'new', 'b.md'), 'utf8')).toBe('B\n');
  expect(await generate(pages, join(directory, 'new'), true)).toEqual([]);
});

test('generate() as a check names pages that are missing or differ, and writes nothing', async () => {
  writeFileSync(join(directory, 'b.md'), 'old\n');
  const problems = await generate(pages, directory, true);
  expect(problems).toEqual([expect.stringMatching(/^a\.md: differs/), expect.stringMatching(/^b\.md: differs/)]);
  expect(readdirSync(directory)).toEqual(['b.md']);
});

test('generate() says why a page cannot be rendered, and renders the others', async () => {
  const broken = {
    'bad.md': () => {
      throw new Error('no test carries it');
    },
    ...pages,
  };
  expect(await generate(broken, directory, false)).toEqual(['bad.md: no test carries it']);
  expect(readdirSync(directory).sort()).toEqual(['a.md', 'b.md']);
});
