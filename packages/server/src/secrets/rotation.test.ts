import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SealContext } from '../domain/sealer.ts';
import { temporaryDirectory } from '../files/temporary-directory.testkit.ts';
import { formatKeyFile, parseKeyFile } from './key-text.ts';
import { openKeyRing } from './open-key-ring.ts';
import { sealedKeyId } from './sealed-form.ts';
import { SecretsKey } from './secrets-key.ts';

const context: SealContext = ['test', 'ac_1'];
const plain = Buffer.from('a secret');
const newFile = async () => join(await temporaryDirectory(), 'secrets.key');
const storedIds = async (file: string) => parseKeyFile(await readFile(file, 'utf8'), file).map(({ id }) => id);

test('a process that has the keys open seals with the key that another has made, from that moment on', async () => {
  const file = await newFile();
  const [running, command] = [await openKeyRing({ file }, []), await openKeyRing({ file }, [])];
  const before = running.seal(plain, context);
  const keyId = await command.rotateKey();
  for (const sealed of [running.seal(plain, context), running.newKey(context).sealedKey]) {
    expect(sealedKeyId(sealed)).toBe(keyId);
  }
  expect([running.currentKeyId, Buffer.from(running.beginning)]).toEqual([keyId, Buffer.from(command.beginning)]);
  expect(running.open(before, context)).toEqual(plain);
});

test('a file that was damaged meanwhile, or is gone, does not stop who has the keys open', async () => {
  const file = await newFile();
  const ring = await openKeyRing({ file }, []);
  const keyId = ring.currentKeyId;
  await writeFile(file, 'damaged');
  expect(sealedKeyId(ring.seal(plain, context))).toBe(keyId);
  const ours = SecretsKey.random();
  await writeFile(file, formatKeyFile([ours]));
  expect(ring.currentKeyId).toBe(ours.id);
});

test('dropOlderKeys() keeps the one that seals, in the file and in every process', async () => {
  const file = await newFile();
  const [ring, other] = [await openKeyRing({ file }, []), await openKeyRing({ file }, [])];
  const first = ring.currentKeyId;
  const old = ring.seal(plain, context);
  const keyId = await ring.rotateKey();
  expect(await ring.dropOlderKeys()).toEqual([first]);
  expect(await storedIds(file)).toEqual([keyId]);
  expect(await ring.dropOlderKeys()).toEqual([]);
  expect(sealedKeyId(other.seal(plain, context))).toBe(keyId);
  expect(() => ring.open(old, context)).toThrow(expect.objectContaining({ code: 9240 }));
});

test('lockRotation() has one rotate at a time', async () => {
  const file = await newFile();
  const [one, two] = [await openKeyRing({ file }, []), await openKeyRing({ file }, [])];
  const unlock = one.lockRotation();
  expect(() => two.lockRotation()).toThrow(expect.objectContaining({ code: 9243 }));
  // Who has the lock changes the keys.
  await one.rotateKey();
  unlock();
  two.lockRotation()();
  expect((await readdir(join(file, '..'))).every((name) => name.startsWith('secrets.key'))).toBe(true);
});

test('keys of the environment can be neither locked nor dropped, and the error says what to do', async () => {
  const variable = Buffer.from(SecretsKey.random().bytes()).toString('base64url');
  const ring = await openKeyRing({ variable }, []);
  expect([ring.isGiven, ring.size]).toEqual([true, 1]);
  const refusal = { code: 9243, message: expect.stringContaining('in front of it in ADIT_SECRETS_KEY') as unknown };
  expect(() => ring.lockRotation()).toThrow(expect.objectContaining(refusal));
  await expect(ring.dropOlderKeys()).rejects.toMatchObject(refusal);
});
