import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../files/temporary-directory.testkit.ts';
import { loadAcmeDns } from './load-acme-dns.ts';
import { loadServerOptions } from './load-options.ts';

const acme = { domain: 'example.com', 'acme-email': 'ops@example.com' };
const env = { PATH: '/bin', HOME: '/home/of-somebody', ADIT_SECRETS_KEY: 'secret', TOKEN: 'secret' };
const load = async (flags: Record<string, string>) => loadAcmeDns(await loadServerOptions({ ...acme, ...flags }), env);

it.each([
  ['192.0.2.1', { host: '192.0.2.1', port: 53 }],
  ['192.0.2.1:5353', { host: '192.0.2.1', port: 5353 }],
  ['2001:db8::1', { host: '2001:db8::1', port: 53 }],
  ['[2001:db8::1]:5353', { host: '2001:db8::1', port: 5353 }],
])('the server %s', async (server, address) => {
  const file = join(await temporaryDirectory(), 'dns.key');
  await writeFile(file, 'the key');
  const settings = await load({ 'acme-dns-server': server, 'acme-dns-key-file': file });
  expect(settings).toEqual({ kind: 'update', address, key: { file, text: 'the key' } });
});

it('a hook, with what it may see of the environment, and nothing', async () => {
  const file = join(await temporaryDirectory(), 'hook');
  await writeFile(file, '#!/bin/sh\n', { mode: 0o700 });
  expect(await load({ 'acme-dns-hook': file })).toEqual({
    kind: 'hook',
    file,
    env: { PATH: '/bin', HOME: '/home/of-somebody' },
  });
  expect(await load({})).toBeUndefined();
});

describe('what cannot be used is said at the start', () => {
  it.each<[string, Record<string, string>, number, RegExp]>([
    [
      'two ways',
      { 'acme-dns-hook': 'a', 'acme-dns-server': '192.0.2.1' },
      9201,
      /hook together with acme-dns-server: choose/,
    ],
    [
      'two ways, the other half',
      { 'acme-dns-hook': 'a', 'acme-dns-key-file': 'b' },
      9201,
      /together with acme-dns-key-file/,
    ],
    [
      'a server alone',
      { 'acme-dns-server': '192.0.2.1' },
      9201,
      /acme-dns-server or acme-dns-key-file alone: they are a pair/,
    ],
    ['a key alone', { 'acme-dns-key-file': 'a' }, 9201, /alone: they are a pair/],
    ['a name', { 'acme-dns-server': 'ns.example.com', 'acme-dns-key-file': 'a' }, 9201, /must be an IP address/],
    [
      'no such key',
      { 'acme-dns-server': '192.0.2.1', 'acme-dns-key-file': '/nowhere' },
      9202,
      /DNS key "\/nowhere": no such/,
    ],
    ['no such hook', { 'acme-dns-hook': '/nowhere' }, 9202, /Cannot run the DNS hook "\/nowhere": no such file/],
  ])('%s', async (_title, flags, code, message) => {
    await expect(load(flags)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as unknown });
  });

  it('a hook that is not executable', async () => {
    const file = join(await temporaryDirectory(), 'hook');
    await writeFile(file, '#!/bin/sh\n', { mode: 0o600 });
    await expect(load({ 'acme-dns-hook': file })).rejects.toMatchObject({
      code: 9202,
      message: `Cannot run the DNS hook "${file}": permission denied`,
    });
  });

  it.each(['acme-dns-server', 'acme-dns-key-file', 'acme-dns-hook'])('%s without acme-email', async (name) => {
    await expect(loadServerOptions({ domain: 'example.com', [name]: '192.0.2.1' })).rejects.toMatchObject({
      code: 9201,
      message: `Cannot use ${name} without acme-email, which has certificates got by ACME`,
    });
  });
});
