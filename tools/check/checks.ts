// The checks that `npm run check` runs before the unit tests, in this order: quick ones first.

interface Check {
  /** What is true when it passes. */
  readonly claim: string;
  /** A program in node_modules/.bin or a script of ours for Node.js, with its arguments. */
  readonly command: readonly [string, ...string[]];
  /** What to do about a failure, where its output does not say. */
  readonly remedy?: string;
}

export const checks: readonly Check[] = [
  { claim: 'files are formatted', command: ['biome', 'check', '--error-on-warnings'], remedy: 'npm run format' },
  { claim: 'house rules hold', command: ['oxlint'] },
  { claim: 'types fit', command: ['tsc', '-b'] },
  {
    claim: 'rooms import only what they may',
    command: ['depcruise', 'packages', 'tools', 'tests', 'bench', 'examples'],
  },
  { claim: 'nothing is unused', command: ['knip'] },
  { claim: 'dependencies have licences we accept', command: ['node', 'tools/check/licences/main.ts'] },
  { claim: 'generated files are up to date', command: ['node', 'tools/gen/main.ts', '--check'], remedy: 'npm run gen' },
];
