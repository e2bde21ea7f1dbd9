import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ppid } from 'node:process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StateFile } from './state-file.ts';

const state = { clientId: 'ts_1', cookie: 'c00kie' };
let dir: string;
let path: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'adit-state-'));
  path = join(dir, 'session.json');
});
afterEach(() => rm(dir, { recursive: true }));

test('StateFile gives back what an earlier run of this program saved, readable by its owner only', async () => {
  const first = new StateFile(path, 'a:443');
  expect(await first.load()).toBeUndefined();
  await first.save(state);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(dir)).toEqual(['session.json']);
  first.release();
  expect(await new StateFile(path, 'a:443').load()).toEqual(state);
});

test('StateFile has nothing for another server, and replaces the file', async () => {
  const first = new StateFile(path, 'a:443');
  await first.load();
  await first.save(state);
  first.release();
  const second = new StateFile(path, 'b:443');
  expect(await second.load()).toBeUndefined();
  await second.save({ clientId: 'ts_2', cookie: 'x' });
  second.release();
  expect(await new StateFile(path, 'b:443').load()).toMatchObject({ clientId: 'ts_2' });
});

test('StateFile leaves the session of a live process alone', async () => {
  const theirs = JSON.stringify({ pid: ppid, server: 'a:443', ...state });
  await writeFile(path, theirs);
  const ours = new StateFile(path, 'a:443');
  expect(await ours.load()).toBeUndefined();
  await ours.save({ clientId: 'ts_2', cookie: 'x' });
  await ours.clear();
  expect(await readFile(path, 'utf8')).toBe(theirs);
});

test('StateFile leaves the session of another one in this program alone until that is over', async () => {
  const first = new StateFile(path, 'a:443');
  await first.load();
  await first.save(state);
  const second = new StateFile(path, 'a:443');
  expect(await second.load()).toBeUndefined();
  await second.save({ clientId: 'ts_2', cookie: 'x' });
  await second.clear();
  second.release();
  expect(await readFile(path, 'utf8')).toContain('ts_1');
  first.release();
  expect(await second.load()).toEqual(state);
});

test('StateFile takes over from a process that is gone', async () => {
  await writeFile(path, JSON.stringify({ pid: 2 ** 30, server: 'a:443', ...state }));
  expect(await new StateFile(path, 'a:443').load()).toEqual(state);
});

test.each(['', '{', '[]', 'null', '{"pid":"1"}', '{"pid":1,"server":"a:443"}'])(
  'StateFile treats %j as no state',
  async (text) => {
    await writeFile(path, text);
    expect(await new StateFile(path, 'a:443').load()).toBeUndefined();
  },
);

test('save() makes the folder that is missing, for its owner only', async () => {
  const file = new StateFile(join(dir, 'a/b/session.json'), 'a:443');
  await file.load();
  await file.save(state);
  expect((await stat(join(dir, 'a/b'))).mode & 0o777).toBe(0o700);
});

test('clear() removes the file and may be called twice', async () => {
  const file = new StateFile(path, 'a:443');
  await file.load();
  await file.save(state);
  await file.clear();
  await file.clear();
  expect(await readdir(dir)).toEqual([]);
});

test('StateFile keeps what was saved last, also when saved at once, and nothing behind clear()', async () => {
  const file = new StateFile(path, 'a:443');
  await file.load();
  const states = Array.from({ length: 8 }, (_, n) => ({ clientId: `ts_${n}`, cookie: 'x'.repeat(n * 10_000) }));
  await Promise.all(states.map((one) => file.save(one)));
  expect(await readFile(path, 'utf8')).toContain('ts_7');
  await Promise.all([file.save(state), file.clear()]);
  expect(await readdir(dir)).toEqual([]);
});
