import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { runAdit } from '../run-adit.ts';

// Written by another program, from the description in docs/how-to/audit.md.
const intact = await readFile(new URL('./exported-log.jsonl', import.meta.url), 'utf8');
const heads = [...intact.matchAll(/"hash":"([0-9a-f]{64})"/g)].map((match) => String(match[1]));

async function verify(content: string, ...more: string[]) {
  const dir = await mkdtemp(join(tmpdir(), 'adit-audit-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  await writeFile(join(dir, 'log.jsonl'), content);
  return await run(join(dir, 'log.jsonl'), ...more);
}

async function run(...words: string[]) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const io = { stdin, stdout, stderr, env: {}, interrupted: AbortSignal.abort() };
  const exitCode = await runAdit(['audit', 'verify', ...words], io);
  stdout.end();
  stderr.end();
  return { exitCode, stdout: await text(stdout), stderr: await text(stderr) };
}

it('"adit audit verify" says what it found in an intact log', async () => {
  const stdout = `3 records, chain intact, head ${heads[2]} (account ac_2dIu7mJY5vKZ8r0QxB1nWcTfGhE)\n`;
  expect(await verify(intact)).toEqual({ exitCode: 0, stdout, stderr: '' });
  expect(await verify(intact, '--head', heads[0] ?? '')).toEqual({ exitCode: 0, stdout, stderr: '' });
});

it('"adit audit verify" names the record that is wrong', async () => {
  expect(await verify(intact.replace('credential.create', 'credential.creates'))).toEqual({
    exitCode: 6,
    stdout: '',
    stderr:
      'adit: Cannot trust this audit log: record 2 was changed, or one before it was replaced\n' +
      'Compare it with an earlier export, and find out who could write to it. (ERR_ADIT_9250)\n',
  });
});

it('"adit audit verify --head" refuses a log that never had that head, and a head that is none', async () => {
  const unknown = await verify(intact, '--head', 'f'.repeat(64));
  expect(unknown.exitCode).toBe(6);
  expect(unknown.stderr).toContain('it never had the head "ffff');
  const none = await verify(intact, '--head', 'F'.repeat(64));
  expect(none.exitCode).toBe(2);
  expect(none.stderr).toContain('ERR_ADIT_9500');
});

it.each([
  ['/nowhere/log.jsonl', 'it does not exist'],
  ['/', 'it is not a readable file'],
])('"adit audit verify %s" says that %s', async (file, reason) => {
  const { exitCode, stderr } = await run(file);
  expect(exitCode).toBe(5);
  expect(stderr).toContain(`Cannot read "${file}": ${reason}`);
});
