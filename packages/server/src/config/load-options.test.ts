import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { effectiveOptions } from './effective-options.ts';
import { loadServerOptions } from './load-options.ts';

async function yamlFile(text: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'adit-options-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const file = join(dir, 'adit.yml');
  await writeFile(file, text);
  return file;
}

it('loadServerOptions() puts the command line over the file and both over the defaults', async () => {
  const file = await yamlFile('domain: example.com\nhttps-port: 1443\n');
  const options = await loadServerOptions({ 'https-port': '2443' }, file);
  expect(options).toMatchObject({ domain: 'example.com', 'https-port': 2443, 'ready-json': false });
});

it.each([
  [{ 'data-dri': 'x' }, 9200, 'did you mean "data-dir"?'],
  [{ 'https-port': 'x' }, 9201, '"https-port"'],
  [{ 'https-port': '' }, 9201, '"https-port"'],
  [{ 'https-port': '65536' }, 9201, '"https-port"'],
  [{ 'http-port': -1 }, 9201, '"http-port"'],
  [{ 'database-url-file': 'postgresql://adit:pw@localhost/adit' }, 9201, 'must name a file'],
  [{ domain: 'no spaces' }, 9201, '"domain"'],
  [{ domain: '' }, 9201, '"domain"'],
  [{ listen: 'localhost' }, 9201, '"listen"'],
  [{ 'api-listen': '[::1' }, 9201, '"api-listen"'],
  [{ 'api-listen': '127.0.0.1:70000' }, 9201, '"api-listen"'],
  [{ 'log-level': 'loud' }, 9201, '"log-level"'],
  [{ 'tls-cert': 'a.pem' }, 9201, 'pair'],
  [{ 'trusted-proxy': 'everybody' }, 9201, 'Cannot use option "trusted-proxy": "everybody" is not in CIDR notation'],
  [{ 'proxy-protocol-from': ['10.0.0.0/8', '10.0.0.0/33'] }, 9201, '"10.0.0.0/33" is not in CIDR notation'],
  [{ 'proxy-protocol-from': 10 }, 9201, 'must be an address range or a list of them'],
  [{ 'forwarded-header': 'yes' }, 9201, 'must be true or false'],
])('loadServerOptions() refuses %j with %i', async (flags, code, text) => {
  await expect(loadServerOptions(flags)).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
});

it.each([
  ['domain: [', 9201],
  ['- a\n', 9201],
  ['just text', 9201],
  ['https-prot: 1\n', 9200],
])('loadServerOptions() refuses the file %j with %i', async (text, code) => {
  await expect(loadServerOptions({}, await yamlFile(text))).rejects.toMatchObject({ code });
});

it('loadServerOptions() names a file that is not there', async () => {
  await expect(loadServerOptions({}, '/nowhere/adit.yml')).rejects.toMatchObject({ code: 9202 });
});

it.each([
  ['127.0.0.1', { host: '127.0.0.1', port: null }],
  ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
  ['[::1]:99', { host: '::1', port: 99 }],
])('loadServerOptions() reads the listener %j', async (text, expected) => {
  expect((await loadServerOptions({ 'api-listen': text }))['api-listen']).toEqual(expected);
});

it('loadServerOptions() takes ranges one by one from the command line and as a list from the file', async () => {
  const file = await yamlFile('trusted-proxy:\n  - 10.0.0.0/8\n  - 2001:db8::/32\nforwarded-header: true\n');
  const options = await loadServerOptions({ 'proxy-protocol-from': ['192.0.2.1', '192.0.2.2'] }, file);
  expect(['10.1.1.1', '2001:db8::1', '192.0.2.1'].map((ip) => options['trusted-proxy'].has(ip))).toEqual([
    true,
    true,
    false,
  ]);
  expect(['192.0.2.1', '192.0.2.2'].every((ip) => options['proxy-protocol-from'].has(ip))).toBe(true);
  expect(options['forwarded-header']).toBe(true);
  const [one, none] = [await loadServerOptions({ 'trusted-proxy': '10.0.0.1' }), await loadServerOptions({})];
  expect([one['trusted-proxy'].has('10.0.0.1'), none['trusted-proxy'].isEmpty]).toEqual([true, true]);
});

it('effectiveOptions() keeps the domain localhost on loopback', async () => {
  const local = effectiveOptions(await loadServerOptions({}), { XDG_DATA_HOME: '/data' });
  expect(local).toMatchObject({ dataDir: '/data/adit', listen: '127.0.0.1', httpsPort: 8443, httpPort: 8080 });
  const open = effectiveOptions(await loadServerOptions({ domain: 'example.com', 'data-dir': '/d' }), {});
  expect(open).toMatchObject({ dataDir: '/d', listen: '::', httpsPort: 443, httpPort: 80 });
});

it.each([
  [{}, {}, { file: '/d/secrets.key' }],
  [{ 'secrets-key-file': '/etc/adit/keys' }, {}, { file: '/etc/adit/keys' }],
  [{}, { ADIT_SECRETS_KEY: 'k' }, { variable: 'k' }],
  [{}, { ADIT_SECRETS_KEY: '' }, { variable: '' }],
])('effectiveOptions() finds the keys of secrets by %j and %j in %j', async (flags, env, expected) => {
  const options = await loadServerOptions({ 'data-dir': '/d', ...flags });
  expect(effectiveOptions(options, env).secretsKeys).toEqual(expected);
});

it('effectiveOptions() refuses keys of secrets in two places', async () => {
  const options = await loadServerOptions({ 'secrets-key-file': '/etc/adit/keys' });
  expect(() => effectiveOptions(options, { ADIT_SECRETS_KEY: '' })).toThrow(expect.objectContaining({ code: 9201 }));
});
