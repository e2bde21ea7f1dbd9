import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { type Counts, noCounts, sum } from '../test/counts.ts';
import { checks } from './checks.ts';

/** Runs all checks, one after the other, and prints one line each; the whole output of those that fail. */
export function runChecks(): Counts {
  return sum(
    checks.map(({ claim, command: [program, ...args], remedy }) => {
      const started = performance.now();
      const result = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      const passed = result.status === 0;
      if (!passed) console.log(explain(result));
      console.log(`${passed ? '✓' : '✗'} ${claim} (${seconds} s)${!passed && remedy ? `; to mend it: ${remedy}` : ''}`);
      return passed ? { ...noCounts, passed: 1 } : { ...noCounts, failed: 1, failures: [claim] };
    }),
  );
}

function explain({ stdout, stderr, error, signal }: SpawnSyncReturns<string>): string {
  const reason = error?.message ?? (signal === null ? '' : `ended by ${signal}`);
  return [stdout, stderr, reason].filter((text) => text).join('\n');
}
