import { expect, test } from 'vitest';
import { Recent } from './recent.ts';

test('a full set forgets what was added longest ago', () => {
  const recent = new Recent<string>(2);
  for (const item of ['a', 'b', 'a', 'c']) recent.add(item);
  expect(['a', 'b', 'c'].map((item) => recent.has(item))).toEqual([true, false, true]);
});
