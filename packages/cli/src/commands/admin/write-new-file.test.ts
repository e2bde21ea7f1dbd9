import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeNewFile } from './write-new-file.ts';

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'adit-new-file-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

async function* lines(count: number, onAsked: (ahead: number) => void = () => {}): AsyncGenerator<string> {
  for (let i = 0; i < count; i++) {
    onAsked(i);
    yield `${i}\n`;
  }
}

test('writeNewFile() writes all that comes, into a new file only', async () => {
  const file = join(await newFolder(), 'log');
  await writeNewFile(file, lines(3));
  expect(await readFile(file, 'utf8')).toBe('0\n1\n2\n');
  await expect(writeNewFile(file, lines(1))).rejects.toMatchObject({ code: 9203 });
  expect(await readFile(file, 'utf8')).toBe('0\n1\n2\n');
});

test('writeNewFile() leaves nothing of what could not be finished', async () => {
  const folder = await newFolder();
  const failing = lines(3, (i) => {
    if (i === 2) throw new RangeError('no more');
  });
  await expect(writeNewFile(join(folder, 'log'), failing)).rejects.toThrow(RangeError);
  expect(await readdir(folder)).toEqual([]);
  await expect(writeNewFile('/dev/full', lines(1))).rejects.toMatchObject({ code: 9203 });
});
