// Breaks the control API's authorisation on purpose, one call of the decider at a time, and expects its own tests to see it.
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { run } from './support/program.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const control = 'packages/server/src/control';
const watching = ['operations', 'command-agent', 'members/members'].map((name) => `${control}/${name}.test.ts`);

interface Mutation {
  readonly file: string;
  readonly line: number;
  readonly mutated: string;
}

/** A call whose answer counts becomes the widest answer; any other goes. */
function mutationsOf(file: string): Mutation[] {
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  return lines.flatMap((text, index) => {
    const without = text
      .replace(/= authorize\(.*\);$/, "= 'account' as 'account' | 'own';")
      .replace(/^\s*(?:authorize\w*|this\.#authorize)\(.*\);$/, '');
    if (without === text) return [];
    return [{ file, line: index + 1, mutated: lines.with(index, without).join('\n') }];
  });
}

/** A copy of the packages, to change. */
function copyPackages(): string {
  const copy = mkdtempSync(join(tmpdir(), 'adit-mutation-'));
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
  for (const name of ['packages', 'package.json', 'tsconfig.base.json']) {
    cpSync(join(root, name), join(copy, name), { recursive: true, filter: (path) => !/node_modules|dist$/.test(path) });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** @param copy Nothing is different in it but that, meanwhile. */
async function isSeen({ file, mutated }: Mutation, copy: string): Promise<boolean> {
  writeFileSync(join(copy, file), mutated);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  // One worker for all files: to load the same modules for each would take as long as the tests.
  const words = [process.execPath, vitest, 'run', '--root', copy, '--bail=1', '--no-isolate', ...watching];
  const { code, stdout } = await run(words, { env: { CI: 'true', NO_COLOR: '1' } });
  writeFileSync(join(copy, file), readFileSync(join(root, file)));
  // The tests ran, and one of them is red: not a copy that cannot start.
  return code !== 0 && /Tests +\d+ failed/.test(stdout);
}

it('without any one of its checks the control API has a red test', { timeout: 900_000 }, async () => {
  const files = globSync(`${control}/**/*.ts`, { cwd: root }).filter((file) => !/\.(test|testkit)\.ts$/.test(file));
  const mutations = files.flatMap(mutationsOf);
  expect(mutations.length).toBeGreaterThan(10);
  const unseen: string[] = [];
  const left = [...mutations];
  const work = async (): Promise<void> => {
    const copy = copyPackages();
    for (let mutation = left.pop(); mutation; mutation = left.pop()) {
      if (!(await isSeen(mutation, copy))) unseen.push(`${mutation.file}:${mutation.line}`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
  console.log(`checks removed one at a time: ${mutations.length}, tests red: ${mutations.length - unseen.length}`);
  expect(unseen).toEqual([]);
});
