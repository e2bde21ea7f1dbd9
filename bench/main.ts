// `npm run bench`: every setup carries the same loads in one run, interleaved, so that a busy machine is busy for all.
// Numbers are for comparing rows of one table, never across runs or machines. What the options are is in options.ts.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureAgent } from './agent/measure-agent.ts';
import { measureComeback } from './comeback/come-back.ts';
import { measureControl } from './control/measure-control.ts';
import { loads } from './loads.ts';
import { drawMemory } from './memory/draw-memory.ts';
import { idleMemoryName } from './memory/measure-idle.ts';
import { chooseLoads, isNamed, type Options, readOptions, usage } from './options.ts';
import { measurePolicy } from './policy/measure-policy.ts';
import { type RunResult, runLoads } from './run/run-loads.ts';
import { setupKinds } from './setups/index.ts';

const resultsDir = join(import.meta.dirname, 'results');

/** What `npm run bench` was asked for, or why it cannot be done. */
function optionsOrUsage(): Options | undefined {
  try {
    return readOptions(process.argv.slice(2), process.env);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    process.exitCode = 2;
    return undefined;
  }
}

const options = optionsOrUsage();
if (options?.list) {
  for (const { name, isShort } of loads) console.log(`${isShort ? '' : '(--all) '}${name}`);
  console.log(idleMemoryName);
} else if (options) {
  const workDir = mkdtempSync(join(tmpdir(), 'adit-bench-'));
  process.on('exit', () => rmSync(workDir, { recursive: true, force: true }));
  mkdirSync(resultsDir, { recursive: true });
  if (options.profileDir !== undefined) mkdirSync(options.profileDir, { recursive: true });
  if (options.memory) await drawMemory(options, { workDir, resultsDir });
  else if (options.agent) await measureAgent(options, { workDir, resultsDir });
  else if (options.comeback) await measureComeback(options, { workDir, resultsDir });
  else if (options.control) await measureControl(options, { workDir, resultsDir });
  else if (options.policy) await measurePolicy(options);
  else await run(options, workDir);
}

async function run(wanted: Options, workDir: string): Promise<void> {
  const withIdleMemory = isNamed(idleMemoryName, wanted.only);
  const kinds = setupKinds(wanted);
  let [report, configurations]: [string, RunResult['configurations']] = ['', {}];
  const onResult = (result: RunResult): void => {
    ({ report, configurations } = result);
    writeFileSync(join(resultsDir, 'latest.json'), JSON.stringify(result, null, 2));
    writeFileSync(join(resultsDir, 'latest.md'), report);
  };
  await runLoads(chooseLoads(loads, wanted), { ...wanted, kinds, workDir, withIdleMemory, onResult });
  for (const [name, configuration] of Object.entries(configurations)) console.log(`--- ${name}\n${configuration}`);
  console.log(
    `\n${report}\n\nThe same after each round: bench/results/latest.md; all numbers: bench/results/latest.json`,
  );
}
