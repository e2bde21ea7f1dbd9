// A vitest reporter beside the one for people: it leaves the counts of a run in a file for the program that started it.
import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { type Counts, noCounts, sum } from './counts.ts';

/** Environment variable with the path of the file to write. */
export const countsFileVariable = 'ADIT_TEST_COUNTS_FILE';

export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const file = process.env[countsFileVariable];
    if (file === undefined) throw new TypeError(`Cannot report counts: ${countsFileVariable} is not set`);
    const counts = [...modules.map(countModule), ...unhandled.map(() => failure('an error that no test caught'))];
    writeFileSync(file, JSON.stringify(sum(counts)));
  }
}

/** A file or a describe() that failed outside of its tests counts as one failure more: its tests may never have run. */
function countModule(module: TestModule): Counts {
  const broken = [module, ...module.children.allSuites()].filter((suite) => suite.errors().length > 0);
  const tests = [...module.children.allTests()].map(countTest);
  return sum([...tests, ...broken.map(() => failure(module.relativeModuleId))]);
}

function failure(title: string): Counts {
  return { ...noCounts, failed: 1, failures: [title] };
}

function countTest(test: TestCase): Counts {
  const result = test.result();
  switch (result.state) {
    case 'passed':
      return { ...noCounts, passed: 1 };
    case 'skipped':
      return { ...noCounts, skipped: 1, skips: [`${test.fullName}: ${result.note ?? 'no reason given'}`] };
    case 'failed':
    case 'pending': // Never finished, as the run was cut short.
      return failure(`${test.module.relativeModuleId} > ${test.fullName}`);
  }
}
