import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { lock, tryLock, unlock } from './install-lock.mjs';

const everybodyLives = () => true;
const nobodyLives = () => false;
let path = '';

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'adit-lock-'));
  path = join(folder, 'deeper', 'install.lock');
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

it('tryLock() takes a free lock and refuses it to the next process until it is given back', () => {
  expect(tryLock(path, { pid: 1, isAlive: everybodyLives })).toBe(1);
  expect(tryLock(path, { pid: 2, isAlive: everybodyLives })).toBe(1);
  unlock(path, 1);
  expect(tryLock(path, { pid: 2, isAlive: everybodyLives })).toBe(2);
});

it('tryLock() removes a dead holder; the attempt after that wins', () => {
  tryLock(path, { pid: 1, isAlive: everybodyLives });
  expect(tryLock(path, { pid: 2, isAlive: nobodyLives })).toBeNull();
  expect(tryLock(path, { pid: 2, isAlive: nobodyLives })).toBe(2);
});

it('tryLock() takes a lock whose holder died before it wrote who it is', () => {
  mkdirSync(path, { recursive: true });
  expect(tryLock(path, { pid: 2, isAlive: everybodyLives })).toBe(2);
});

it('unlock() of somebody who lost the lock leaves the new holder alone', () => {
  tryLock(path, { pid: 2, isAlive: everybodyLives });
  unlock(path, 1);
  expect(tryLock(path, { pid: 3, isAlive: everybodyLives })).toBe(2);
});

it('a lost attempt leaves nothing behind', () => {
  tryLock(path, { pid: 1, isAlive: everybodyLives });
  tryLock(path, { pid: 2, isAlive: everybodyLives });
  expect(readdirSync(join(path, '..'))).toEqual(['install.lock']);
});

it('lock() waits for a living holder, says for whom once, and is given back', async () => {
  const waited: number[] = [];
  tryLock(path, { pid: process.ppid, isAlive: everybodyLives });
  const release = await lock(path, {
    onWait: (holder) => {
      waited.push(holder);
      unlock(path, process.ppid);
    },
  });
  expect(waited).toEqual([process.ppid]);
  release();
  expect(readdirSync(join(path, '..'))).toEqual([]);
});
