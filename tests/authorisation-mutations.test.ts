// Breaks the control API's authorisation on purpose, one call of the decider at a time, and expects its own tests to see it.
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { run } from './support/program.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const control = 'packages/server/src/control';
const watching = [`${control}/operations.test.ts`, `${control}/command-agent.test.ts`];

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
      .replace(/^\s*(?:authorize|this\.#authorize)\(.*\);$/, '');
    if (without === text) return [];
    return [{ file, line: index + 1, mutated: lines.with(index, without).join('\n') }];
  });
}

/** A copy of the packages in which nothing but that is different. */
function copyWith({ file, mutated }: Mutation): string {
  const copy = mkdtempSync(join(tmpdir(), 'adit-mutation-'));
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
  for (const name of ['packages', 'package.json', 'tsconfig.base.json']) {
    cpSync(join(root, name), join(copy, name), { recursive: true, filter: (path) => !/node_modules|dist$/.test(path) });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  writeFileSync(join(copy, file), mutated);
  return copy;
}

async function isSeen(mutation: Mutation): Promise<boolean> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const words = [process.execPath, vitest, 'run', '--root', copyWith(mutation), '--bail=1', ...watching];
  const { code, stdout } = await run(words, { env: { CI: 'true', NO_COLOR: '1' } });
  // The tests ran, and one of them is red: not a copy that cannot start.
  return code !== 0 && /Tests +\d+ failed/.test(stdout);
}

it('without any one of its checks the control API has a red test', { timeout: 300_000 }, async () => {
  const files = globSync(`${control}/**/*.ts`, { cwd: root }).filter((file) => !/\.(test|testkit)\.ts$/.test(file));
  const mutations = files.flatMap(mutationsOf);
  expect(mutations.length).toBeGreaterThan(10);
  const unseen: string[] = [];
  const left = [...mutations];
  const work = async (): Promise<void> => {
    for (let mutation = left.pop(); mutation; mutation = left.pop()) {
      if (!(await isSeen(mutation))) unseen.push(`${mutation.file}:${mutation.line}`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
  console.log(`checks removed one at a time: ${mutations.length}, tests red: ${mutations.length - unseen.length}`);
  expect(unseen).toEqual([]);
});
