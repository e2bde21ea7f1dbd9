import { statfs } from 'node:fs/promises';
import type { Check } from './finding.ts';

const mebibyte = 2 ** 20;
const tooLittle = 64 * mebibyte;
const little = 512 * mebibyte;

/** Free space where the data is. */
export const checkDisk: Check = async ({ settings: { dataDir } }) => {
  const about = 'disk';
  const { bavail, bsize } = await statfs(dataDir);
  const free = bavail * bsize;
  const text = `${Math.floor(free / mebibyte).toLocaleString('en-US')} MiB are free where the data is.`;
  if (free >= little) return [{ about, level: 'ok', text }];
  const todo = 'Free some space: on a full disk nothing can be changed.';
  return [{ about, level: free < tooLittle ? 'fail' : 'warn', text, todo }];
};
