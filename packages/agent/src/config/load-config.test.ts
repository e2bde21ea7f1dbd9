import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { defaultConfigFile, loadConfig } from './load-config.ts';

let dir: string;
let file: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'adit-config-'));
  file = join(dir, 'adit.yml');
});
afterEach(() => rm(dir, { recursive: true }));

async function load(text: string, mode = 0o600) {
  await writeFile(file, text);
  await chmod(file, mode);
  return await loadConfig({}, file);
}

test.each([
  [{ XDG_CONFIG_HOME: '/x', HOME: '/home/u' }, '/x/adit/adit.yml'],
  [{ XDG_CONFIG_HOME: 'relative', HOME: '/home/u' }, '/home/u/.config/adit/adit.yml'],
  [{ XDG_CONFIG_HOME: '', HOME: '/home/u' }, '/home/u/.config/adit/adit.yml'],
])('defaultConfigFile() in %j is %s', (env, expected) => {
  expect(defaultConfigFile(env)).toBe(expected);
});

test('loadConfig() reads every key; a CA path is relative to the file', async () => {
  const text = 'version: 3\nagent:\n  authtoken: tok\n  connect_url: a:443\n  connect_cas: ca.pem\n  metadata: m\n';
  expect(await load(text)).toEqual({
    file,
    values: { authtoken: 'tok', connect_url: 'a:443', connect_cas: join(dir, 'ca.pem'), metadata: 'm' },
    warnings: [],
  });
});

test.each([
  ['version: "3"\nagent: {}\n', {}],
  ['version: 3\nagent:\n  connect_cas: host\n', { connect_cas: 'host' }],
  ['version: 3\nagent:\n  connect_cas: /etc/ca.pem\n', { connect_cas: '/etc/ca.pem' }],
])('loadConfig() reads %j', async (text, values) => {
  expect((await load(text)).values).toEqual(values);
});

test.each([
  ['version: 3\nagent:\n  authtokn: x\n', 9200, /"agent\.authtokn".*did you mean "agent\.authtoken"\?/],
  ['version: 3\nagnt: {}\nagent: {}\n', 9200, /"agnt".*did you mean "agent"\?/],
  [
    'version: 3\nagent: {}\nendpoints: []\n',
    9200,
    /^Cannot use the configuration "[^"]+": there is no key "endpoints"$/,
  ],
  ['version: 2\nagent: {}\n', 9201, /"version".*the version must be 3/],
  ['agent: {}\n', 9201, /"version"/],
  ['version: 3\n', 9201, /"agent".*expected object/],
  ['version: 3\nagent:\n  authtoken: ""\n', 9201, /"agent\.authtoken".*empty/],
  ['version: 3\nagent:\n  authtoken: 12\n', 9201, /"agent\.authtoken".*expected string/],
  [`version: 3\nagent:\n  metadata: ${'m'.repeat(4097)}\n`, 9201, /"agent\.metadata".*too long/],
  ['', 9201, /expected object/],
  ['just text', 9201, /expected object/],
  ['version: 3\nagent:\n  a: [\n', 9201, /line \d+ is not valid YAML/],
  ['version: 3\nversion: 3\n', 9201, /line 2 is not valid YAML/],
  ['version: 3\nagent: &a {}\nx: *a\n', 9201, /aliases/],
])('loadConfig() refuses %j', async (text, code, message) => {
  await expect(load(text)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

test('loadConfig() repeats no value of a file that it refuses', async () => {
  const text = 'version: 3\nagent:\n  authtoken: hunter2\n  hunter2x: "hunter2\n';
  await expect(load(text)).rejects.toMatchObject({ message: expect.not.stringContaining('hunter2') });
});

test.each([
  [0o644, 'authtoken: x', 1],
  [0o640, 'authtoken: x', 1],
  [0o600, 'authtoken: x', 0],
  [0o644, 'connect_url: a:1', 0],
])('loadConfig() of a file with mode %o and %s gives %i warnings', async (mode, line, count) => {
  const { warnings } = await load(`version: 3\nagent:\n  ${line}\n`, mode);
  expect(warnings).toHaveLength(count);
});

test('loadConfig() does without the default file, but not without one that was named', async () => {
  const env = { XDG_CONFIG_HOME: dir };
  expect(await loadConfig(env, undefined)).toEqual({ file: join(dir, 'adit/adit.yml'), values: {}, warnings: [] });
  const missing = { code: 9202, message: `Cannot read the configuration "${file}": no such file or directory` };
  await expect(loadConfig(env, file)).rejects.toMatchObject(missing);
});
