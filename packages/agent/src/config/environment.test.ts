import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { environmentVariables, fromEnvironment } from './environment.ts';

test('docs/how-to/run-the-agent.md has the table of variables as it is', () => {
  const page = readFileSync(new URL('../../../../docs/how-to/run-the-agent.md', import.meta.url), 'utf8');
  const rows = Object.entries(environmentVariables).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`);
  expect(page.split('\n').filter((line) => /^\| `[A-Z_]+` \|/.test(line))).toEqual(rows);
});

test('fromEnvironment() takes an empty variable as none', () => {
  expect(fromEnvironment({ ADIT_LOG: '' }, 'ADIT_LOG')).toBeUndefined();
  expect(fromEnvironment({ ADIT_LOG: 'x' }, 'ADIT_LOG')).toBe('x');
});
