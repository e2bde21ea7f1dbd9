import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ParsedCommand } from '../command.ts';
import { resolveHttpSettings } from './http-options.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'adit-options-'));
});
afterEach(() => rm(dir, { recursive: true }));

const server = { 'connect-url': 'a:443' };

async function resolve(upstream: string, options: ParsedCommand['options'], token = 'tok') {
  return await resolveHttpSettings({ arguments: [upstream], options }, { XDG_CONFIG_HOME: dir, ADIT_AUTHTOKEN: token });
}

test('resolveHttpSettings() takes the command line over the file and the environment over the file', async () => {
  const config = join(dir, 'my.yml');
  const lines = ['authtoken: file', 'connect_url: file:1', 'connect_cas: /file.pem', 'metadata: session'];
  await writeFile(config, `version: 3\nagent:\n${lines.map((line) => `  ${line}\n`).join('')}`, { mode: 0o600 });
  const fromFile = { serverAddr: 'file:1', caFile: '/file.pem', sessionMetadata: 'session', metadata: undefined };
  expect(await resolve('3000', { config }, '')).toMatchObject({ ...fromFile, authtoken: 'file' });
  const flags = { config, ...server, 'connect-cas': '/flag.pem', metadata: 'endpoint' };
  expect(await resolve('3000', flags, 'env')).toMatchObject({
    serverAddr: 'a:443',
    authtoken: 'env',
    caFile: '/flag.pem',
    metadata: 'endpoint',
    sessionMetadata: 'session',
  });
});

test('resolveHttpSettings() collects repeated ranges', async () => {
  const options = { ...server, 'cidr-allow': ['10.0.0.0/8', '::1/128'], 'cidr-deny': '10.1.0.0/16' };
  expect(await resolve('3000', options)).toMatchObject({
    allowCidrs: ['10.0.0.0/8', '::1/128'],
    denyCidrs: ['10.1.0.0/16'],
  });
});

test.each([
  [{}, 'http1'],
  [{ 'upstream-protocol': 'http1' }, 'http1'],
  [{ 'upstream-protocol': 'http2' }, 'http2'],
])('resolveHttpSettings() reads from %j that the service speaks %s', async (options, speaks) => {
  expect((await resolve('3000', { ...server, ...options })).upstream.speaks).toBe(speaks);
});

test('resolveHttpSettings() reads "host" as the roots of the system', async () => {
  expect((await resolve('3000', { ...server, 'connect-cas': 'host' })).caFile).toBeUndefined();
});

test.each([
  ['x', server, 'tok', 9304],
  ['3000', { ...server, url: 'tcp://' }, 'tok', 332],
  ['3000', { ...server, url: '-' }, 'tok', 326],
  ['3000', {}, 'tok', 9307],
  ['3000', server, '', 9300],
  ['3000', { 'connect-url': 'https://a' }, 'tok', 9201],
  ['3000', { ...server, 'log-format': 'xml' }, 'tok', 9201],
  ['3000', { ...server, 'upstream-protocol': 'http3' }, 'tok', 9201],
  ['3000', { ...server, metadata: 'ü'.repeat(2049) }, 'tok', 9201],
  ['3000', { ...server, config: '/nowhere/adit.yml' }, 'tok', 9202],
])('resolveHttpSettings() refuses upstream %s with %j and token "%s": %i', async (upstream, options, token, code) => {
  await expect(resolve(upstream, options, token)).rejects.toMatchObject({ code });
});

test('resolveHttpSettings() says where the token and the address may be set', async () => {
  const file = join(dir, 'adit/adit.yml');
  await expect(resolve('3000', {})).rejects.toMatchObject({ message: expect.stringContaining(file) });
  await expect(resolve('3000', server, '')).rejects.toMatchObject({ message: expect.stringContaining(file) });
});
