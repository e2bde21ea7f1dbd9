import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockFile } from './file-lock.ts';
import { temporaryDirectory } from './temporary-directory.testkit.ts';

test('lockFile() answers null while somebody has the lock, and makes the file for its owner only', async () => {
  const file = join(await temporaryDirectory(), 'x.lock');
  const unlock = lockFile(file);
  expect(unlock).toBeInstanceOf(Function);
  expect(lockFile(file)).toBeNull();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  unlock?.();
  lockFile(file)?.();
});

test('lockFile() passes on what is wrong with the place', async () => {
  const dir = await temporaryDirectory();
  expect(() => lockFile(join(dir, 'missing', 'x.lock'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});
