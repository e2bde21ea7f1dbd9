// `npm test`: checks, unit tests, system tests. `npm test <filter>` hands its arguments to vitest and runs nothing else.
import { runChecks } from '../check/run-checks.ts';
import { type Counts, sum, totalLine } from './counts.ts';
import { installDebianPackages, missingPrograms } from './install-debian-packages.ts';
import { runVitest } from './run-vitest.ts';
import { usePinnedTools } from './use-pinned-tools.ts';

usePinnedTools();
const filter = process.argv.slice(2);
const total = filter.length > 0 ? await runVitest(filter) : await runEverything();
for (const line of [...skipReport(total), ...failureReport(total)]) console.log(line);
console.log(`\n${totalLine(total)}`);
process.exitCode = total.failed === 0 ? 0 : 1;

async function runEverything(): Promise<Counts> {
  const checked = runChecks();
  const unit = await runVitest(['--project', 'unit']);
  installDebianPackages(console.log);
  return sum([checked, unit, await runVitest(['--project', 'system'])]);
}

function skipReport({ skips }: Counts): string[] {
  if (skips.length === 0) return [];
  return ['', 'Skipped:', ...[...skips, ...missingPrograms()].map((line) => `  ${line}`)];
}

function failureReport({ failures }: Counts): string[] {
  return failures.length === 0 ? [] : ['', 'Failed:', ...failures.map((line) => `  ${line}`)];
}
