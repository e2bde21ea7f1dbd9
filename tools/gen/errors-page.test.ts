import { errorTable } from '@adit/contracts';
import { expect, test } from 'vitest';
import { errorsPage } from './errors-page.ts';

test('errorsPage() has one row for each code, in order', () => {
  const codes = [...errorsPage().matchAll(/^\| (\d+) \|/gm)].map((match) => match[1]);
  expect(codes).toEqual(Object.keys(errorTable).sort((a, b) => Number(a) - Number(b)));
});

test('errorsPage() shows the status of the row where it differs from that of the kind', () => {
  expect(errorsPage()).toContain('| 9003 | `invalid` | 421 | 2 |');
  expect(errorsPage()).toContain('| 3205 | `forbidden` | 403 | 4 |');
});
