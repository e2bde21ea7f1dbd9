import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testIo } from '../command-io.testkit.ts';
import { configCommands } from './config-commands.ts';

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'adit-config-'));
  file = join(dir, 'adit', 'adit.yml');
});
afterEach(() => rm(dir, { recursive: true }));

type Io = ReturnType<typeof testIo>;

async function run(name: string, words: readonly string[] = [], given: { io?: Io; options?: object } = {}) {
  const io = given.io ?? testIo({ env: { XDG_CONFIG_HOME: dir } });
  const command = configCommands.commands.find((it) => it.name === `config ${name}`);
  const exitCode = await command!.run({ arguments: words, options: { ...given.options } }, io);
  return { exitCode, stdout: io.out.text, stderr: io.err.text };
}

async function write(text: string, mode = 0o600) {
  await run('add-connect-url', ['x']); // Makes the folder.
  await writeFile(file, text);
  await chmod(file, mode);
}

describe('add-authtoken', () => {
  it.each([[[]], [['-']]])('takes what is piped in (%j), into a file that nobody else can read', async (words) => {
    const io = testIo({ env: { XDG_CONFIG_HOME: dir }, input: 'adit_at_x\n' });
    expect(await run('add-authtoken', words, { io })).toEqual({
      exitCode: 0,
      stdout: `The authtoken is in "${file}" now.\n`,
      stderr: '',
    });
    expect(await readFile(file, 'utf8')).toBe('version: 3\nagent:\n  authtoken: adit_at_x\n');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(dir, 'adit'))).toEqual(['adit.yml']);
  });

  it('asks at a terminal without echo', async () => {
    const modes: boolean[] = [];
    const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (isRaw: boolean) => modes.push(isRaw) });
    const io = { ...testIo({ env: { XDG_CONFIG_HOME: dir } }), stdin };
    const done = run('add-authtoken', [], { io });
    stdin.write('adit_at_y');
    stdin.write('z\u007f\r');
    expect(await done).toMatchObject({ exitCode: 0, stderr: 'Authtoken (not shown): \n' });
    expect(await readFile(file, 'utf8')).toContain('authtoken: adit_at_y\n');
    expect(modes).toEqual([true, false]);
  });

  it.each(['\u0003', '\r'])('changes nothing when the user types %j', async (key) => {
    const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
    const io = { ...testIo({ env: { XDG_CONFIG_HOME: dir } }), stdin };
    stdin.write(key);
    expect(await run('add-authtoken', [], { io })).toMatchObject({ exitCode: 3 });
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  it('takes it as a word, and warns', async () => {
    const { exitCode, stderr } = await run('add-authtoken', ['adit_at_x']);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('your shell may keep what you typed');
    expect(stderr).not.toContain('adit_at_x');
  });

  it('keeps everything else of the file, and its link', async () => {
    await write('# mine\nversion: 3\nagent:\n  connect_url: a:1 # here\n  authtoken: old\nendpoints: []\n', 0o644);
    const link = join(dir, 'link.yml');
    await symlink(file, link);
    await run('add-authtoken', ['new'], { options: { config: [link] } });
    expect(await readFile(file, 'utf8')).toBe(
      '# mine\nversion: 3\nagent:\n  connect_url: a:1 # here\n  authtoken: new\nendpoints: []\n',
    );
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['version: 2\n', 'version: 2\nauthtoken: new\n'],
    ['version: 3\nagent:\n', 'version: 3\nagent:\n  authtoken: new\n'],
  ])('puts it where the version has it: %j', async (before, after) => {
    await write(before);
    await run('add-authtoken', ['new']);
    expect(await readFile(file, 'utf8')).toBe(after);
  });

  it.each([
    ['version: [', ['new'], 2],
    ['just text', ['new'], 2],
    ['version: 3\nagent: {}\n', ['two words'], 3],
    ['version: 3\nagent: {}\n', ['-'], 3],
  ])('refuses in %j the token %j', async (text, words, exitCode) => {
    await write(text);
    expect(await run('add-authtoken', words)).toMatchObject({ exitCode });
    expect(await readFile(file, 'utf8')).toBe(text);
  });
});

describe('add-connect-url', () => {
  it('writes the address, in version 2 as server_addr', async () => {
    expect(await run('add-connect-url', ['a.example.com:443'])).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await readFile(file, 'utf8')).toBe('version: 3\nagent:\n  connect_url: a.example.com:443\n');
    await write('version: 2\n');
    await run('add-connect-url', ['b']);
    expect(await readFile(file, 'utf8')).toBe('version: 2\nserver_addr: b\n');
  });

  it('refuses what is no address', async () => {
    expect(await run('add-connect-url', ['https://a'])).toMatchObject({ exitCode: 2 });
  });
});

describe('check', () => {
  it('says where the file is and what is in it', async () => {
    await write('version: 3\nagent: {}\nendpoints: [{name: a, upstream: {url: 1}}]\n');
    expect(await run('check')).toEqual({ exitCode: 0, stdout: `Valid, with 1 endpoint: "${file}"\n`, stderr: '' });
  });

  it.each([
    ['version: 3\nagent: {a: 1}\n', 'there is no key "agent.a"'],
    ['version: 3\nagent: {}\nendpoints: [{name: a, upstream: {url: x}}]\n', 'Cannot forward to "x"'],
  ])('says what is wrong in %j', async (text, message) => {
    await write(text);
    expect(await run('check')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(message) });
  });

  it('says so when there is no file', async () => {
    expect(await run('check')).toMatchObject({ exitCode: 5, stderr: expect.stringContaining(file) });
  });
});

describe.skipIf(process.platform === 'win32')('edit', () => {
  const editIo = (editor: string) => testIo({ env: { XDG_CONFIG_HOME: dir, PATH: '/usr/bin:/bin', EDITOR: editor } });

  it('opens a file that is not valid, with an editor that has arguments, and checks what came of it', async () => {
    await write('version: [');
    const io = editIo('sed -i s/.*/version:3/');
    expect(await run('edit', [], { io })).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(file) });
    expect(await readFile(file, 'utf8')).toBe('version:3');
  });

  it('begins a file that is missing with the keys that are needed', async () => {
    expect(await run('edit', [], { io: editIo('true') })).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await readFile(file, 'utf8')).toContain('# connect_url:');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('says so when the editor fails', async () => {
    const { exitCode, stderr } = await run('edit', [], { io: editIo('no-such-editor') });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('no-such-editor') });
  });
});
