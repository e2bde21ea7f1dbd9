import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { SealContext } from '../domain/sealer.ts';
import { lockFile } from '../files/file-lock.ts';
import { temporaryDirectory } from '../files/temporary-directory.testkit.ts';
import { formatKeyFile, parseKeyFile } from './key-text.ts';
import { openKeyRing } from './open-key-ring.ts';
import { neededKeyIds, sealedKeyId } from './sealed-form.ts';
import { SecretsKey } from './secrets-key.ts';

const context: SealContext = ['test', 'ac_1'];
const plain = Buffer.from('a secret');
const newFile = async () => join(await temporaryDirectory(), 'secrets.key');
const storedIds = async (file: string) => parseKeyFile(await readFile(file, 'utf8'), file).map(({ id }) => id);
const variableOf = (...keys: SecretsKey[]) => ({
  variable: keys.map((key) => Buffer.from(key.bytes()).toString('base64url')).join(','),
});

describe('openKeyRing()', () => {
  test('makes a key once, for its owner only', async () => {
    const file = await newFile();
    const sealed = (await openKeyRing({ file }, [])).seal(plain, context);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await openKeyRing({ file }, [sealed])).open(sealed, context)).toEqual(plain);
  });

  test('makes one key when two start at once', async () => {
    const file = await newFile();
    const rings = await Promise.allSettled([openKeyRing({ file }, []), openKeyRing({ file }, [])]);
    const opened = rings.flatMap((ring) => (ring.status === 'fulfilled' ? [ring.value.currentKeyId] : []));
    expect(new Set(opened)).toEqual(new Set(await storedIds(file)));
  });

  test('takes the rights of others away from a file that came back from a copy', async () => {
    const file = await newFile();
    await openKeyRing({ file }, []);
    await chmod(file, 0o644);
    await openKeyRing({ file }, []);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('refuses to make a key beside data that was sealed with another, and says what to do', async () => {
    const file = await newFile();
    const lost = SecretsKey.random();
    await expect(openKeyRing({ file }, [lost.seal(plain, context)])).rejects.toMatchObject({
      code: 9240,
      message: `Cannot open the secrets of this data: the key "${lost.id}" is missing. Put "${file}" back from where you keep its copy`,
    });
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('refuses keys of which one is missing that the data needs', async () => {
    const [file, lost] = [await newFile(), SecretsKey.random()];
    const ring = await openKeyRing({ file }, []);
    const sealed = [ring.seal(plain, context), lost.seal(plain, context).subarray(0, 9)];
    await expect(openKeyRing({ file }, sealed)).rejects.toMatchObject({ code: 9240 });
    await expect(openKeyRing(variableOf(SecretsKey.random()), sealed)).rejects.toMatchObject({
      code: 9240,
      message: expect.stringContaining('Add it to ADIT_SECRETS_KEY') as unknown,
    });
    await openKeyRing({ file }, sealed.slice(0, 1));
  });

  test('refuses a damaged file instead of replacing it', async () => {
    const file = await newFile();
    await writeFile(file, 'damaged');
    await expect(openKeyRing({ file }, [])).rejects.toMatchObject({ code: 9242 });
    expect(await readFile(file, 'utf8')).toBe('damaged');
  });

  test('says what is wrong with a file that it cannot read or make', async () => {
    const file = await newFile();
    await mkdir(file);
    await expect(openKeyRing({ file }, [])).rejects.toMatchObject({ code: 9242 });
    await expect(openKeyRing({ file: join(file, 'missing', 'x') }, [])).rejects.toMatchObject({ code: 9210 });
  });
});

describe('KeyRing', () => {
  test('rotateKey() seals with a new key, opens with all that came before, and keeps them', async () => {
    const file = await newFile();
    const ring = await openKeyRing({ file }, []);
    const sealed = [ring.seal(plain, context)];
    for (let i = 0; i < 3; i++) {
      const id = await ring.rotateKey();
      sealed.push(ring.seal(plain, context));
      expect([id, sealedKeyId(sealed.at(-1) ?? plain)]).toEqual([ring.currentKeyId, ring.currentKeyId]);
    }
    expect(neededKeyIds(sealed).size).toBe(4);
    for (const again of [ring, await openKeyRing({ file }, sealed)]) {
      expect(sealed.map((value) => again.open(value, context))).toEqual(sealed.map(() => plain));
    }
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readdir(join(file, '..'))).sort()).toEqual(['secrets.key', 'secrets.key.lock']);
  });

  test('reseal() moves a value to the current key, after which the old one is not needed', async () => {
    const file = await newFile();
    const ring = await openKeyRing({ file }, []);
    const old = ring.seal(plain, context);
    await ring.rotateKey();
    const moved = ring.reseal(old, context);
    expect(neededKeyIds([moved])).toEqual(new Set([ring.currentKeyId]));
    expect(ring.open(moved, context)).toEqual(plain);
    expect(() => ring.reseal(old, ['other'])).toThrow(expect.objectContaining({ code: 9241 }));
    const [current] = parseKeyFile(await readFile(file, 'utf8'), file);
    await writeFile(file, formatKeyFile([current]));
    expect((await openKeyRing({ file }, [moved])).open(moved, context)).toEqual(plain);
  });

  test('open() finds the key of another process that has rotated', async () => {
    const file = await newFile();
    const [running, other] = [await openKeyRing({ file }, []), await openKeyRing({ file }, [])];
    await other.rotateKey();
    expect(running.open(other.seal(plain, context), context)).toEqual(plain);
  });

  test('open() names the key that is missing, and no path, and goes on with those it has', async () => {
    const file = await newFile();
    const ring = await openKeyRing({ file }, []);
    const sealed = ring.seal(plain, context);
    await writeFile(file, 'damaged');
    const lost = SecretsKey.random();
    expect(() => ring.open(lost.seal(plain, context), context)).toThrow(
      expect.objectContaining({ code: 9240, message: `Cannot open a stored secret: its key "${lost.id}" is missing` }),
    );
    expect(ring.open(sealed, context)).toEqual(plain);
  });

  test('the variable’s first key seals, the others open, and it cannot be rotated from here', async () => {
    const [current, older] = [SecretsKey.random(), SecretsKey.random()];
    const ring = await openKeyRing(variableOf(current, older), []);
    expect(ring.currentKeyId).toBe(current.id);
    expect(ring.open(older.seal(plain, context), context)).toEqual(plain);
    await expect(ring.rotateKey()).rejects.toMatchObject({ code: 9243 });
  });

  test('rotateKey() is refused while another process rotates, and changes nothing', async () => {
    const file = await newFile();
    const ring = await openKeyRing({ file }, []);
    const before = await readFile(file, 'utf8');
    const unlock = lockFile(`${file}.lock`);
    await expect(ring.rotateKey()).rejects.toMatchObject({ code: 9243 });
    expect(await readFile(file, 'utf8')).toBe(before);
    unlock?.();
    await ring.rotateKey();
    expect(await storedIds(file)).toHaveLength(2);
  });

  test('rotateKey() of two processes at once loses no key that either was given', async () => {
    const file = await newFile();
    await openKeyRing({ file }, []);
    const program = fileURLToPath(new URL('./rotate-process.testkit.ts', import.meta.url));
    const run = async () =>
      (await promisify(execFile)(process.execPath, [program, file, '25'])).stdout.trim().split('\n');
    const lines = (await Promise.all([run(), run()])).flat();
    const given = lines.filter((line) => !line.startsWith('refused'));
    expect(new Set(lines.filter((line) => line.startsWith('refused')))).toEqual(
      new Set(given.length < 50 ? ['refused 9243'] : []),
    );
    const kept = await storedIds(file);
    expect(kept).toHaveLength(given.length + 1);
    expect(new Set(given).difference(new Set(kept))).toEqual(new Set());
  });

  test('rotateKey() stops at 100 keys', async () => {
    const file = await newFile();
    await writeFile(file, formatKeyFile([SecretsKey.random(), ...Array.from({ length: 99 }, SecretsKey.random)]));
    await expect((await openKeyRing({ file }, [])).rotateKey()).rejects.toMatchObject({ code: 9243 });
    expect(await storedIds(file)).toHaveLength(100);
  });

  test('newKey() gives a sealer of its own, which openKey() finds again in its context only', async () => {
    const ring = await openKeyRing({ file: await newFile() }, []);
    const { sealedKey, sealer } = ring.newKey(context);
    const sealed = sealer.seal(plain, ['who']);
    expect(ring.openKey(sealedKey, context).open(sealed, ['who'])).toEqual(plain);
    expect(() => ring.openKey(sealedKey, ['other'])).toThrow(expect.objectContaining({ code: 9241 }));
    expect(() => ring.open(sealed, ['who'])).toThrow(expect.objectContaining({ code: 9240 }));
    await ring.rotateKey();
    expect(ring.openKey(ring.reseal(sealedKey, context), context).open(sealed, ['who'])).toEqual(plain);
  });
});
