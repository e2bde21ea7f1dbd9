// The audit log from the API call to the check of an exported file: real server, real command, and another program.
import { execFile } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { startAdit } from './support/process.ts';
import { type Ended, run } from './support/program.ts';
import { requires } from './support/requires.ts';
import { firstRunOf, newDataDir, startServer, type TestServer } from './support/server.ts';
import { callApi, visit } from './support/visitor.ts';

/** Makes and revokes keys by the API, and exports the log of the account. Answers the file. */
async function exportedLog(server: TestServer): Promise<string> {
  const { apiKey } = firstRunOf(server);
  for (let i = 0; i < 3; i++) {
    const made = await callApi(server, apiKey, {
      method: 'POST',
      path: '/api_keys',
      body: { description: `Zoë ${i}` },
    });
    await callApi(server, apiKey, { method: 'DELETE', path: `/api_keys/${String(made.json['id'])}` });
  }
  const file = join(server.dataDir, 'log.jsonl');
  const ended = await exportLog(server.dataDir, '--output', file);
  expect([ended.code, ended.stdout, ended.stderr]).toEqual([
    0,
    '',
    expect.stringMatching(/^Exported 10 records of the account "default" .*, head [0-9a-f]{64}\n$/),
  ]);
  return file;
}

const aditCommand = new URL('../packages/cli/bin/adit.mjs', import.meta.url).pathname;

function exportLog(dataDir: string, ...words: string[]): Promise<Ended> {
  return run([
    process.execPath,
    aditCommand,
    'audit',
    'export',
    '--account',
    'default',
    '--data-dir',
    dataDir,
    ...words,
  ]);
}

async function verify(file: string, ...more: string[]) {
  const adit = startAdit(['audit', 'verify', file, ...more]);
  await adit.waitFor(() => undefined).catch(() => undefined);
  return { exitCode: adit.child.exitCode, stdout: adit.lines.join('\n'), stderr: adit.stderr() };
}

it('keys made and revoked by the API are in a log that verifies, until one byte of it is another', async () => {
  const server = await startServer();
  const file = await exportedLog(server);
  const intact = await verify(file);
  const head = /head ([0-9a-f]{64})/.exec(intact.stdout)?.[1] ?? '';
  // Four of the first run, then three times made and revoked.
  expect(intact).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^10 records, chain intact, head /) });

  const { json } = await callApi(server, firstRunOf(server).apiKey, { method: 'GET', path: '/audit_events?limit=1' });
  expect(json['audit_events']).toMatchObject([
    { seq: 10, action: 'credential.revoke', hash: head, principal: { state: 'known', name: 'admin', ip: '127.0.0.1' } },
  ]);

  const bytes = await readFile(file);
  const at = bytes.indexOf('credential.revoke');
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(file, bytes);
  const changed = await verify(file);
  expect(changed).toMatchObject({ exitCode: 6, stdout: '' });
  expect(changed.stderr).toContain('record 6 was changed');
  expect(changed.stderr).toContain('ERR_ADIT_9250');
});

it('an export is private, replaces nothing, goes to stdout as well, and is the same when no server runs', async () => {
  const server = await startServer();
  const { dataDir } = server;
  const file = await exportedLog(server);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const text = await readFile(file, 'utf8');
  expect(await exportLog(dataDir)).toMatchObject({ code: 0, stdout: text });
  const again = await exportLog(dataDir, '--output', file);
  expect(again).toMatchObject({
    code: 4,
    stdout: '',
    stderr: expect.stringContaining('it is there already') as unknown,
  });
  expect(await readFile(file, 'utf8')).toBe(text);
  expect(await exportLog(dataDir, '--output', '/no/such/folder/log')).toMatchObject({ code: 4, stdout: '' });
  await server.process.stop();
  expect(await exportLog(dataDir)).toMatchObject({ code: 0, stdout: text });
  const unknown = await run([
    process.execPath,
    aditCommand,
    'audit',
    'export',
    '--account',
    'nobody',
    '--data-dir',
    dataDir,
  ]);
  expect(unknown).toMatchObject({ code: 5, stdout: '', stderr: expect.stringContaining('ERR_ADIT_9121') as unknown });
});

it('who calls cannot say from where: the log has the address that the edge saw', async () => {
  const server = await startServer();
  const { apiKey } = firstRunOf(server);
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  for (const name of ['x-forwarded-for', 'X_Forwarded_For', 'forwarded']) {
    const forged = { ...headers, [name]: name === 'forwarded' ? 'for=203.0.113.66' : '203.0.113.66' };
    const made = await visit(server, `${server.ready.api}/api_keys`, { method: 'POST', headers: forged, body: '{}' });
    expect([name, made.status]).toEqual([name, 201]);
  }
  const { json } = await callApi(server, apiKey, { method: 'GET', path: '/audit_events?limit=3' });
  const ips = (json['audit_events'] as { principal: { ip: string } }[]).map(({ principal }) => principal.ip);
  expect(ips).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1']);
});

it('a log that was replaced as a whole does not have the head that was noted', async () => {
  const [one, other] = [await exportedLog(await startServer()), await exportedLog(await startServer())];
  const head = /head ([0-9a-f]{64})/.exec((await verify(one)).stdout)?.[1] ?? '';
  expect((await verify(one, '--head', head)).exitCode).toBe(0);
  expect((await verify(other)).exitCode).toBe(0);
  expect((await verify(other, '--head', head)).exitCode).toBe(6);
});

it('another program checks the log by the words of docs/how-to/audit.md', async (context) => {
  requires(context, ['python3']);
  const file = await exportedLog(await startServer());
  const page = await readFile(new URL('../docs/how-to/audit.md', import.meta.url), 'utf8');
  const script = /```python\n([^]*?)```/.exec(page)?.[1] ?? '';
  const check = () => promisify(execFile)('python3', ['-c', script, file]);
  expect((await check()).stdout).toBe('intact\n');
  await writeFile(file, (await readFile(file, 'utf8')).replace('credential.revoke', 'credential.revokE'));
  await expect(check()).rejects.toMatchObject({ code: 1, stderr: 'record 6 is wrong\n' });
});

it('the server keeps the keys of secrets in a private file, and does not start without it beside its data', async () => {
  const dataDir = await newDataDir();
  const server = await startServer({ dataDir });
  await exportedLog(server);
  const file = join(dataDir, 'secrets.key');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const keys = await readFile(file, 'utf8');
  await server.process.stop();

  const start = (env: Record<string, string>, ...args: string[]) =>
    startAdit(['server', '--data-dir', dataDir, '--https-port', '0', '--http-port', '0', ...args], env);
  const refused = start({}, '--secrets-key-file', join(dataDir, 'other.key'));
  await refused.waitFor(() => undefined).catch(() => undefined);
  expect(refused.child.exitCode).toBe(8);
  expect(refused.stderr()).toContain('ERR_ADIT_9240');

  const key = keys.split('\n')[1]?.split(' ')[1] ?? '';
  const given = start({ ADIT_SECRETS_KEY: key }, '--ready-json');
  onTestFinished(async () => void (await given.stop('SIGKILL')));
  await given.waitFor((line) => (line.includes('"event":"ready"') ? true : undefined));
  expect(await given.stop()).toBe(0);
  expect(given.stderr()).not.toContain(key);
});
