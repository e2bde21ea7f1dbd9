import { defineConfig } from 'vitest/config';

/** What comes about comes about soon; a busy machine is no failure. */
const poll = { timeout: 15_000 };

/** Unit tests stand beside what they test and take milliseconds; system tests start the real command and may wait. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/{src,bin}/**/*.test.ts', 'tools/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          // Starting a worker for each file would take longer than the tests; state belongs to instances, not to modules.
          isolate: false,
          // Nothing here should take a second.
          testTimeout: 30_000,
          expect: { poll },
        },
      },
      {
        test: {
          name: 'system',
          include: ['tests/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: { poll },
          // Mostly they wait for processes that they started; two at a time keep two cores half busy.
          maxWorkers: 2,
          // After the unit tests, where a filter finds both.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
