/** How many tests and checks ended which way, and why those that were skipped were. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** One line for each skipped test that gave a reason: its title, then the reason. */
  readonly skips: readonly string[];
  /** One line for each failure: its file and title. The run tells of them where they happen, which may be far up. */
  readonly failures: readonly string[];
}

export const noCounts: Counts = { passed: 0, failed: 0, skipped: 0, skips: [], failures: [] };

export function sum(counts: readonly Counts[]): Counts {
  return counts.reduce(
    (all, one) => ({
      passed: all.passed + one.passed,
      failed: all.failed + one.failed,
      skipped: all.skipped + one.skipped,
      skips: [...all.skips, ...one.skips],
      failures: [...all.failures, ...one.failures],
    }),
    noCounts,
  );
}

/** The line that ends a run, for people and for the CI. */
export function totalLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
