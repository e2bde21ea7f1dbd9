import type { TestContext } from 'vitest';
import { isInstalled, type TestProgramName, testPrograms } from '../../tools/test/debian-packages.ts';

/**
 * Skips the test, with a reason that `npm test` repeats at its end, when a program it runs is not installed.
 * Call it first in the test: what stands before it has run. To add a program: tools/test/debian-packages.ts.
 */
export function requires(context: TestContext, programs: readonly TestProgramName[]): void {
  const missing = programs.filter((program) => !isInstalled(program));
  const packages = missing.map((program) => testPrograms[program].debianPackage);
  context.skip(missing.length > 0, `needs the Debian package ${packages.join(', ')}`);
}
