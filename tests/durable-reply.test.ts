import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { requires } from './support/requires.ts';
import { firstRunOf, newDataDir, startServer } from './support/server.ts';
import { callApi } from './support/visitor.ts';

it('[invariant: nothing-acknowledged-is-lost] a change is synced to disk between its commit and the reply', async (context) => {
  requires(context, ['strace']);
  const dataDir = await newDataDir();
  const trace = join(dataDir, 'trace.txt');
  const calls = 'trace=pwrite64,fsync,fdatasync,write,writev,sendmsg';
  const server = await startServer({ dataDir, under: ['strace', '-f', '-yy', '-s', '16', '-e', calls, '-o', trace] });
  // A killed tracer lets go of what it traces, so the server is ended by its own id, which every line starts with.
  const pid = Number.parseInt(await readFile(trace, 'utf8'), 10);
  onTestFinished(() => void process.kill(pid, 'SIGKILL'));
  const { apiKey } = firstRunOf(server);
  const created = await callApi(server, apiKey, { method: 'POST', path: '/credentials', body: {} });
  expect(created.status).toBe(201);

  const look = async () => {
    const lines = (await readFile(trace, 'utf8')).split('\n');
    const commit = lines.findLastIndex((line) => /pwrite64\(.*adit\.db-wal/.test(line));
    const sync = lines.findIndex((line, i) => i > commit && /f(data)?sync\(.*adit\.db-wal/.test(line));
    const reply = lines.findIndex((line, i) => i > commit && /(write|writev|sendmsg)\(\d+<TCP:/.test(line));
    return { lines, commit, sync, reply };
  };
  // The tracer writes a line when a call has returned; by then the reply may be here.
  await expect.poll(async () => (await look()).reply).toBeGreaterThan(0);
  const { lines, commit, sync, reply } = await look();
  console.log([lines[commit], lines[sync], lines[reply]].join('\n'));
  expect(commit).toBeGreaterThan(0);
  expect(sync).toBeGreaterThan(commit);
  expect(reply).toBeGreaterThan(sync);
});
