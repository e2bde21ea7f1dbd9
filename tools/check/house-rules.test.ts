// Shows that the linter's house rules fire where they should and are silent where they should be: each row is one file.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const product = 'packages/server/src/edge';
const sleepImport = "import { setTimeout as sleep } from 'node:timers/promises'; export const nap = sleep(1)";
const parameters = (count: number) => Array.from({ length: count }, (_, i) => `a${i}: number`).join(', ');
const bodyOf = (lines: number) => 'console.info(1);\n'.repeat(lines);

const rows: readonly [title: string, path: string, source: string, rule: string | null][] = [
  ['a promise nobody waits for', `${product}/a.ts`, 'Promise.reject(new Error())', 'no-floating-promises'],
  [
    'an async function where nobody waits',
    `${product}/b.ts`,
    '[Promise.resolve()].forEach(async (x) => { await x })',
    'no-misused-promises',
  ],
  [
    'a switch that forgets a case',
    `${product}/c.ts`,
    "export function f(x: 'a' | 'b') { switch (x) { case 'a': return 1 } return 2 }",
    'switch-exhaustiveness-check',
  ],
  ['a default export', `${product}/d.ts`, 'export default 1', 'no-default-export'],
  [
    'four parameters',
    `${product}/e.ts`,
    `export function f(${parameters(4)}) { return [a0, a1, a2, a3] }`,
    'max-params',
  ],
  ['three parameters', `${product}/f.ts`, `export function f(${parameters(3)}) { return [a0, a1, a2] }`, null],
  ['any', `${product}/g.ts`, 'export const x: any = 1', 'no-explicit-any'],
  ['==', `${product}/h.ts`, 'export const f = (x: number, y: number) => x == y', 'eqeqeq'],
  ['output of the server to the console', `${product}/i.ts`, "console.log('x')", 'no-console'],
  ['output of the command line to the console', 'packages/cli/src/i.ts', "console.log('x')", null],
  ['the environment', `${product}/j.ts`, "export const x = process.env['X']", 'no-process-env'],
  [
    'the environment, imported',
    `${product}/k.ts`,
    "import { env } from 'node:process'; export const x = env",
    'no-restricted-imports',
  ],
  ['the environment in config code', 'packages/server/src/config/j.ts', "export const x = process.env['X']", null],
  ['the real time', `${product}/l.ts`, 'export const x = Date.now()', 'no-restricted-properties'],
  ['the real time, more precisely', `${product}/m.ts`, 'export const x = performance.now()', 'no-restricted-globals'],
  ['a real timer', `${product}/n.ts`, 'setTimeout(() => {}, 1)', 'no-restricted-globals'],
  ['a real timer, repeated', `${product}/o.ts`, 'setInterval(() => {}, 1)', 'no-restricted-globals'],
  ['a real timer, imported', `${product}/p.ts`, sleepImport, 'no-restricted-imports'],
  ['the real clock', 'packages/server/src/clock/q.ts', 'export const x = () => Date.now()', null],
  ['a real timer in a test', `${product}/r.test.ts`, 'setTimeout(() => {}, 1)', null],
  ['a silenced type error', `${product}/s.ts`, '// @ts-ignore\nexport const x = 1', 'ban-ts-comment'],
  ['a swallowed error', `${product}/t.ts`, 'try { JSON.parse(process.title) } catch {}', 'no-empty'],
  [
    'a function of 61 lines',
    'packages/cli/src/u.ts',
    `export function f() {\n${bodyOf(59)}}`,
    'max-lines-per-function',
  ],
  ['a function of 60 lines', 'packages/cli/src/v.ts', `export function f() {\n${bodyOf(58)}}`, null],
  ['a file of 501 lines', 'packages/cli/src/w.ts', bodyOf(501), 'max-lines'],
];

const root = fileURLToPath(new URL('../../', import.meta.url));
let tree = '';
let broken = new Map<string, string[]>();

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'adit-house-rules-'));
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  for (const file of ['.oxlintrc.json', 'tsconfig.base.json']) cpSync(join(root, file), join(tree, file));
  writeFileSync(join(tree, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(tree, 'tsconfig.json'), '{ "extends": "./tsconfig.base.json", "include": ["packages"] }');
  for (const [, path, source] of rows) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), `${source}\n`);
  }
  broken = lint();
}, 60_000);

afterAll(() => rmSync(tree, { recursive: true }));

it.each(rows)('%s', (_title, path, _source, rule) => {
  expect(broken.get(path) ?? []).toEqual(rule === null ? [] : [expect.stringContaining(`(${rule})`)]);
});

/** The rules that each file of the tree breaks. */
function lint(): Map<string, string[]> {
  const { stdout } = spawnSync(join(root, 'node_modules/.bin/oxlint'), ['--format=json', 'packages'], {
    cwd: tree,
    encoding: 'utf8',
  });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { filename: string; code: string }[] };
  const rules = new Map<string, string[]>();
  for (const { filename, code } of diagnostics) rules.set(filename, [...(rules.get(filename) ?? []), code]);
  return rules;
}
