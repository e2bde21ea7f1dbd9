import { expect, test } from 'vitest';
import { readOnce } from './read-once.ts';

test('readOnce() reads once, but again after a failure', async () => {
  const answers = [Promise.reject(new Error('EMFILE')), Promise.resolve('a'), Promise.resolve('b')];
  const read = readOnce(() => answers.shift() ?? Promise.reject(new Error('again')));
  await expect(read()).rejects.toThrow('EMFILE');
  expect(await Promise.all([read(), read()])).toEqual(['a', 'a']);
  expect(await read()).toBe('a');
});
