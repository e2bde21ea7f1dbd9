import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { expect, it, onTestFinished } from 'vitest';
import config from '../../.dependency-cruiser.mjs';
import { fixtures } from './import-rules.fixtures.ts';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const rules = config.forbidden ?? [];

it('every import rule has a name, a reason and a fixture', () => {
  expect(rules.map((rule) => String(rule.name)).toSorted()).toEqual(Object.keys(fixtures).toSorted());
  for (const rule of rules) expect(rule.comment, rule.name).toMatch(/^\w.{20,}[.]$/);
});

it.each(Object.entries(fixtures))('%s fires on its fixture, alone', async (name, files) => {
  expect(await brokenRules(await plant(files))).toEqual([name]);
});

it('a tree that keeps to its rooms breaks no rule', async () => {
  const tree = await plant({
    'packages/server/src/edge/http/front.ts': "import { link } from '../../domain/link.ts'; export const front = link",
    'packages/server/src/domain/link.ts':
      "import { code } from '../../../contracts/src/index.ts'; export const link = code",
    'packages/contracts/src/index.ts': 'export const code = 1',
  });
  expect(await brokenRules(tree)).toEqual([]);
});

it('rules see through the package names that our code imports by', async () => {
  const { modules } = await cruiseTree(root, ['packages/server/src/domain']);
  const domain = modules.filter(({ source }) => source.startsWith('packages/server/src/domain/'));
  const targets = domain.flatMap(({ dependencies }) => dependencies.map(({ resolved }) => resolved));
  expect(targets).toContain('packages/contracts/src/index.ts');
});

it('every folder that a rule names exists', () => {
  const named = rules.flatMap((rule) => [rule.from, 'to' in rule ? rule.to : {}]).flatMap(foldersNamedIn);
  expect(named).toContain('packages/server/src/edge');
  expect([...new Set(named)].filter((folder) => !existsSync(join(root, folder)))).toEqual([]);
});

it('foldersNamedIn() reads alternatives apart and stops at the first open part', () => {
  const folders = ['a/b/c', 'a/b/d', 'a/b'];
  expect(foldersNamedIn({ path: '^a/b/(c|d)/x[.]ts$', pathNot: ['^a/b/([^/]+)/', '(^|/)zod/'] })).toEqual(folders);
});

/** Writes a toy tree in which our dependencies resolve; it is removed after the test. */
async function plant(files: Record<string, string>): Promise<string> {
  const tree = await mkdtemp(join(tmpdir(), 'adit-import-rules-'));
  onTestFinished(() => rm(tree, { recursive: true }));
  await symlink(join(root, 'node_modules'), join(tree, 'node_modules'));
  for (const [path, source] of Object.entries(files)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), source);
  }
  return tree;
}

async function brokenRules(tree: string): Promise<string[]> {
  const { summary } = await cruiseTree(tree, ['packages']);
  return [...new Set(summary.violations.map(({ rule }) => rule.name))];
}

async function cruiseTree(baseDir: string, folders: string[]): Promise<ICruiseResult> {
  const { enhancedResolveOptions, ...options } = config.options ?? {};
  const ruleSet = { forbidden: rules };
  const result = await cruise(folders, { ...options, baseDir, ruleSet, validate: true }, enhancedResolveOptions);
  if (typeof result.output === 'string') throw new TypeError('Cannot read a report that is text');
  return result.output;
}

function foldersNamedIn(part: object): string[] {
  const { path = [], pathNot = [] } = part as { path?: string | string[]; pathNot?: string | string[] };
  return [path, pathNot]
    .flat()
    .flatMap(alternativesOf)
    .map((pattern) => /^\^((?:[\w-]+\/)*)/.exec(pattern)?.[1]?.replace(/\/$/, '') ?? '')
    .filter((folder) => folder !== '');
}

function alternativesOf(pattern: string): string[] {
  const group = /\(([\w-]+(?:\|[\w-]+)+)\)/.exec(pattern);
  if (group?.[1] === undefined) return [pattern];
  return group[1].split('|').flatMap((one) => alternativesOf(pattern.replace(group[0], one)));
}
