import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestServer } from '@adit/sdk/testkit/test-server';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { testIo } from '../command-io.testkit.ts';
import { diagnoseCommand } from './diagnose-command.ts';

let dir: string;
let config: string;
const cleanUps: (() => unknown)[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'adit-diagnose-'));
  config = join(dir, 'adit.yml');
  await writeFile(config, 'version: 3\nagent: {}\n');
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  await rm(dir, { recursive: true });
});

async function startServer() {
  const server = await TestServer.start();
  cleanUps.push(() => server.close());
  const caFile = join(dir, 'ca.pem');
  await writeFile(caFile, server.caPem);
  return { server, options: { 'connect-url': `localhost:${server.port}`, 'connect-cas': caFile } };
}

/** A port where nobody listens, or where whatever is written gets that answer. */
async function openPort(answer: string | null): Promise<number> {
  const service = createServer(
    (socket) =>
      void socket
        .on('error', () => {})
        .resume()
        .end(answer ?? ''),
  );
  await once(service.listen(0, '127.0.0.1'), 'listening');
  const { port } = service.address() as AddressInfo;
  const closed = () => new Promise((resolve) => service.close(resolve));
  if (answer === null) await closed();
  else cleanUps.push(closed);
  return port;
}

async function diagnose(options: Record<string, string>, env: Record<string, string> = { ADIT_AUTHTOKEN: 'hunter2' }) {
  const io = testIo({ env });
  const exitCode = await diagnoseCommand.run({ arguments: [], options: { config, ...options } }, io);
  const rows = io.out.text.split('\n').filter((line) => line.startsWith('['));
  return { exitCode, rows: rows.map((row) => row.slice(0, 25).trimEnd()), text: io.out.text, stderr: io.err.text };
}

it('finds everything in order, in the order of a connection', async () => {
  const { options } = await startServer();
  const [up, down] = [await openPort(''), await openPort(null)];
  await writeFile(
    config,
    `version: 3\nagent: {}\nendpoints: [{name: up, upstream: {url: ${up}}}, {name: down, upstream: {url: ${down}}}]\n`,
  );
  const { exitCode, rows, text } = await diagnose(options);
  expect(rows.filter((row) => !row.endsWith('TCP'))).toEqual([
    '[ OK ] Local name',
    '[ OK ] Name resolution',
    '[ OK ] TLS',
    '[ OK ] Agent protocol',
    '[ OK ] Authtoken',
    '[ OK ] Service',
    '[WARN] Service',
  ]);
  expect(rows).toContain('[ OK ] TCP');
  expect(text).toContain('a session of the account "Acme" opens');
  expect(text).toContain(`"down": http://localhost:${down}: the connection was refused`);
  expect(exitCode).toBe(0);
});

it('writes a report without secrets, which nobody else can read', async () => {
  const { options } = await startServer();
  const file = join(dir, 'report.json');
  await diagnose({ ...options, 'write-report': file });
  const report = await readFile(file, 'utf8');
  expect(JSON.parse(report)).toMatchObject({
    canConnect: true,
    server: options['connect-url'],
    findings: expect.arrayContaining([expect.objectContaining({ check: 'TLS', state: 'ok' })]),
  });
  expect(report).not.toContain('hunter2');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it('stops where the name cannot be resolved', async () => {
  const { exitCode, rows } = await diagnose({ 'connect-url': 'no-such-name.invalid:443' });
  expect(rows).toEqual(['[ OK ] Local name', '[FAIL] Name resolution']);
  expect(exitCode).toBe(1);
});

it('stops where nothing listens', async () => {
  const { exitCode, rows, text } = await diagnose({ 'connect-url': `127.0.0.1:${await openPort(null)}` });
  expect(rows).toEqual(['[ OK ] Local name', '[ OK ] Name resolution', '[FAIL] TCP']);
  expect(text).toContain('the connection was refused: nothing listens there');
  expect(exitCode).toBe(1);
});

it('stops where no TLS is spoken', async () => {
  const { exitCode, rows } = await diagnose({ 'connect-url': `127.0.0.1:${await openPort('220 smtp\r\n')}` });
  expect(rows.at(-1)).toBe('[FAIL] TLS');
  expect(exitCode).toBe(1);
});

it('stops where the certificate is not trusted', async () => {
  const { options } = await startServer();
  const { exitCode, rows } = await diagnose({ ...options, 'connect-cas': 'host' });
  expect(rows.at(-1)).toBe('[FAIL] TLS');
  expect(exitCode).toBe(1);
});

it('says that the authtoken is refused, or missing', async () => {
  const { server, options } = await startServer();
  server.behaviour.authError = 'Unknown token hunter2\n\nERR_NGROK_107';
  const refused = await diagnose(options);
  expect(refused.rows.at(-1)).toBe('[FAIL] Authtoken');
  expect(refused.text).not.toContain('hunter2');
  expect(refused.exitCode).toBe(1);
  const missing = await diagnose(options, {});
  expect(missing.rows.at(-1)).toBe('[WARN] Authtoken');
  expect(missing.exitCode).toBe(0);
});

it('--ipv6 uses no other addresses', async () => {
  const { exitCode, rows, text } = await diagnose({ 'connect-url': '127.0.0.1:443', ipv6: 'true' });
  expect(rows.at(-1)).toBe('[FAIL] Name resolution');
  expect(text).toContain('it has no IPv6 address');
  expect(exitCode).toBe(1);
});
