import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RememberedPorts } from './remembered-ports.ts';
import { readRunningServer, removeRunningServer, writeRunningServer } from './running-server.ts';
import { loadSigningKey } from './signing-key.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'adit-data-'));
});
afterEach(() => rm(dir, { recursive: true }));

it('loadSigningKey() makes a key once, for the owner only', async () => {
  const key = await loadSigningKey(dir);
  expect(key).toHaveLength(32);
  expect(await loadSigningKey(dir)).toEqual(key);
  expect((await stat(join(dir, 'signing.key'))).mode & 0o777).toBe(0o600);
});

it('loadSigningKey() refuses a damaged key instead of replacing it', async () => {
  await writeFile(join(dir, 'signing.key'), 'short');
  await expect(loadSigningKey(dir)).rejects.toMatchObject({ code: 9213 });
  expect(await readFile(join(dir, 'signing.key'), 'utf8')).toBe('short');
});

it('loadSigningKey() takes the rights of others away from a key that came back from a backup', async () => {
  const file = join(dir, 'signing.key');
  await writeFile(file, Buffer.alloc(32, 7), { mode: 0o644 });
  await loadSigningKey(dir);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it('loadSigningKey() says what is wrong with a key it cannot read', async () => {
  await mkdir(join(dir, 'signing.key'));
  await expect(loadSigningKey(dir)).rejects.toMatchObject({ code: 9210, message: expect.stringContaining(dir) });
});

it('RememberedPorts takes a file that cannot be read for a damaged one', async () => {
  await mkdir(join(dir, 'ports.json'));
  expect((await RememberedPorts.load(dir)).get('api')).toBeUndefined();
});

it('RememberedPorts keeps ports over a restart and survives a damaged file', async () => {
  await (await RememberedPorts.load(dir)).set({ api: 4001, connect: 4002 });
  expect((await RememberedPorts.load(dir)).get('api')).toBe(4001);
  await writeFile(join(dir, 'ports.json'), '{"api": "no');
  expect((await RememberedPorts.load(dir)).get('api')).toBeUndefined();
});

it('readRunningServer() answers what writeRunningServer() left, without the secrets of a first run', async () => {
  const addresses = {
    event: 'ready' as const,
    https: { host: 'localhost', port: 1 },
    http: { host: 'localhost', port: 2 },
    connect: 'localhost:3',
    api: 'https://localhost:4',
    operator: 'http://localhost:5',
    operatorAt: { host: '127.0.0.1', port: 5 },
    caFile: null,
  };
  const ready = { ...addresses, firstRun: { apiKey: 'adit_ak_x', authtoken: 'adit_at_x' } };
  await writeRunningServer(dir, ready);
  expect(await readFile(join(dir, 'server.json'), 'utf8')).not.toContain('adit_a');
  expect(await readRunningServer(dir)).toEqual(addresses);
  await removeRunningServer(dir);
  expect(await readRunningServer(dir)).toBeUndefined();
});
