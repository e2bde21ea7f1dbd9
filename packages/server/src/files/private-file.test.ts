import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { closeToOthers, makePrivateDirectory, writeFileAtomic } from './private-file.ts';
import { temporaryDirectory } from './temporary-directory.testkit.ts';

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

test('writeFileAtomic() replaces a file, with the mode asked for, and leaves nothing else behind', async () => {
  const dir = await temporaryDirectory();
  const file = join(dir, 'secret.pem');
  await writeFile(file, 'old', { mode: 0o644 });
  await writeFileAtomic(file, 'new', 0o600);
  expect(await readFile(file, 'utf8')).toBe('new');
  expect(await modeOf(file)).toBe(0o600);
  expect(await readdir(dir)).toEqual(['secret.pem']);
});

test('writeFileAtomic() fails with 9210 and leaves nothing behind', async () => {
  const dir = await temporaryDirectory();
  await mkdir(join(dir, 'taken'));
  await expect(writeFileAtomic(join(dir, 'taken'), 'x', 0o600)).rejects.toMatchObject({ code: 9210 });
  await expect(writeFileAtomic(join(dir, 'missing', 'x'), 'x', 0o600)).rejects.toMatchObject({
    code: 9210,
    message: expect.stringMatching(/^Cannot write ".*": it does not exist$/),
  });
  expect(await readdir(dir)).toEqual(['taken']);
});

test('makePrivateDirectory() makes a directory for its owner alone', async () => {
  const dir = join(await temporaryDirectory(), 'a', 'b');
  await makePrivateDirectory(dir);
  expect(await modeOf(dir)).toBe(0o700);
});

test('makePrivateDirectory() takes the rights of others away', async () => {
  const dir = await temporaryDirectory();
  await chmod(dir, 0o755);
  await makePrivateDirectory(dir);
  expect(await modeOf(dir)).toBe(0o700);
});

test('makePrivateDirectory() fails with 9210 where a file is', async () => {
  const file = join(await temporaryDirectory(), 'file');
  await writeFile(file, '');
  await expect(makePrivateDirectory(file)).rejects.toMatchObject({ code: 9210 });
});

test('closeToOthers() tells whether others had rights', async () => {
  const file = join(await temporaryDirectory(), 'file');
  await writeFile(file, '', { mode: 0o640 });
  expect(await closeToOthers(file, 0o600)).toBe(true);
  expect(await closeToOthers(file, 0o600)).toBe(false);
});
