import { describe, expect, test } from 'vitest';
import { limitsPage, limitsSection, parseLimits } from './limits-page.ts';

const fileWith = (fields: string) => ({
  path: 'packages/server/src/edge/sample/sample-limits.ts',
  text: `// Opening.\n\n/** Limits of samples. More words. */\nexport interface SampleLimits {\n${fields}\n}\n`,
});
const sample = fileWith(`  /** Wait for a whole sample. Default 5 s. */
  readonly waitTimeoutMs: number;
  /**
   * Size of one sample,
   * head included. Default 64. More is refused.
   */
  readonly maxSampleBytes: number;
  /** Samples at once. */
  readonly maxSamples: number;`);
const defaults = { waitTimeoutMs: 5000, maxSampleBytes: 64, maxSamples: 3 };

test('limitsSection() lists each limit with default, unit and meaning', () => {
  const lines = limitsSection(sample, defaults).split('\n');
  expect(lines[0]).toBe('## server: edge/sample');
  expect(lines[2]).toMatch(/^Limits of samples\. More words\. From `.*sample-limits\.ts`\.$/);
  expect(lines.slice(-3)).toEqual([
    '| `waitTimeoutMs` | 5,000 ms | Wait for a whole sample. |',
    '| `maxSampleBytes` | 64 bytes | Size of one sample, head included. More is refused. |',
    '| `maxSamples` | 3 | Samples at once. |',
  ]);
});

describe('limitsSection() refuses', () => {
  test.each([
    {
      title: 'a limit without a default',
      file: sample,
      values: { waitTimeoutMs: 5000, maxSampleBytes: 64 },
      says: 'maxSamples',
    },
    { title: 'a default other than documented', file: sample, values: { ...defaults, waitTimeoutMs: 5 }, says: '5000' },
    {
      title: 'a limit without a docstring',
      file: fileWith('  readonly a: number;'),
      values: { a: 1 },
      says: 'no docstring',
    },
    {
      title: 'a docstring that is only a default',
      file: fileWith('  /** Default: 1. */\n  readonly a: number;'),
      values: { a: 1 },
      says: 'does not say',
    },
    {
      title: 'a limit that is no number',
      file: fileWith('  /** A. */\n  readonly a: string;'),
      values: { a: 'x' },
      says: 'not a number',
    },
    { title: 'a file without limits', file: { path: 'x-limits.ts', text: '' }, values: {}, says: 'x-limits.ts' },
  ])('$title', ({ file, values, says }) => {
    expect(() => limitsSection(file, values)).toThrow(says);
  });
});

test.each([
  ['Default: 5,000 ms.', 5_000],
  ['Default 2 min: long enough.', 120_000],
  ['Default 32 KiB.', 32_768],
  ['Default: 1_048_576 bytes', 1_048_576],
  ['Default: 10,000 of each.', 10_000],
  ['No default is named.', undefined],
])('parseLimits() reads the claim %j as %j', (claim, expected) => {
  const { limits } = parseLimits(fileWith(`  /** A limit. ${claim} */\n  readonly a: number;`));
  expect(limits[0]?.claimedDefault).toBe(expected);
});

test('parseLimits() does not lend the docstring of one field to the next', () => {
  const file = fileWith('  /** A. */\n  readonly a: number;\n  readonly b: number;');
  expect(() => parseLimits(file)).toThrow('"b" has no docstring');
});

test('limitsPage() finds the limits of the sources', async () => {
  expect(await limitsPage()).toContain('| `decisionTimeoutMs` | 5,000 ms |');
});
