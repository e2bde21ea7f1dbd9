import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { connect as connectTls } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { startAgent } from './support/agent.ts';
import { closed } from './support/closed.ts';
import { startAdit } from './support/process.ts';
import { firstRunOf, newDataDir, startServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { visit } from './support/visitor.ts';

/** Runs a command that must fail; answers its exit code and what it told the user. */
async function fail(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; said: string }> {
  const adit = startAdit(args, env);
  onTestFinished(async () => void (await adit.stop('SIGKILL')));
  await once(adit.child, 'close');
  return { code: adit.child.exitCode, said: adit.stderr() + adit.lines.join('\n') };
}

const quickPorts = ['--https-port', '0', '--http-port', '0'];

it('an unknown option is refused and the nearest known one is named', async () => {
  const { code, said } = await fail(['server', '--data-dri', '/tmp/x']);
  expect(code).toBe(2);
  expect(said).toContain('--data-dir');
});

it('an unknown key in the YAML file is refused and the nearest known one is named', async () => {
  const dir = await newDataDir();
  await writeFile(join(dir, 'adit.yml'), 'domian: example.com\n');
  const { code, said } = await fail(['server', '--config', join(dir, 'adit.yml'), '--data-dir', dir]);
  expect(code).toBe(2);
  expect(said).toContain('did you mean "domain"?');
  expect(said).toContain('ERR_ADIT_9200');
});

it('a data directory below a file cannot be used', async () => {
  const dir = await newDataDir();
  await writeFile(join(dir, 'file'), '');
  const { code, said } = await fail(['server', '--data-dir', join(dir, 'file', 'sub'), ...quickPorts]);
  expect(said).toContain('ERR_ADIT_9210');
  expect(code).toBe(4);
});

it('a second server on the same data directory is refused, and the first goes on', async () => {
  const server = await startServer();
  const { code, said } = await fail(['server', '--data-dir', server.dataDir, ...quickPorts]);
  expect(said).toContain('ERR_ADIT_9211');
  expect(code).toBe(6);
  expect((await visit(server, `${server.ready.api}/healthz`)).status).toBe(200);
});

it('a taken port is named', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as { port: number };
  const { code, said } = await fail([
    'server',
    '--data-dir',
    await newDataDir(),
    '--https-port',
    String(port),
    '--http-port',
    '0',
  ]);
  expect(said).toContain(`${port}`);
  expect(said).toContain('ERR_ADIT_9220');
  expect(code).toBe(6);
});

it('a first start that fails keeps its secrets for the start that succeeds', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  onTestFinished(() => void taken.close());
  const dataDir = await newDataDir();
  const { port } = taken.address() as { port: number };
  await fail(['server', '--data-dir', dataDir, '--https-port', String(port), '--http-port', '0']);
  expect((await startServer({ dataDir })).ready.firstRun).not.toBeNull();
});

it('a data directory of a newer version is refused and left as it is', async () => {
  const dataDir = await newDataDir();
  const first = await startServer({ dataDir });
  await first.process.stop();
  const database = new DatabaseSync(join(dataDir, 'adit.db'));
  database.exec("insert into schema_migrations values (9999, 'from-the-future', 0)");
  database.close();
  const { code, said } = await fail(['server', '--data-dir', dataDir, ...quickPorts]);
  expect(said).toContain('ERR_ADIT_9212');
  expect(code).toBe(6);
});

it.each([
  ['adit_at_' + 'x'.repeat(43), 'ERR_ADIT_107', 3],
  ['nonsense', 'ERR_ADIT_105', 3],
  ['', 'ERR_ADIT_9300', 3],
])('an agent with the authtoken %j is told %s', async (authtoken, expected, exitCode) => {
  const server = await startServer();
  const args = ['http', '3000', '--connect-url', server.ready.connect, '--connect-cas', server.ready.caFile];
  const { code, said } = await fail(args, { ADIT_AUTHTOKEN: authtoken, XDG_CONFIG_HOME: server.dataDir });
  expect(said).toContain(expected);
  if (authtoken) expect(said).not.toContain(authtoken);
  expect(code).toBe(exitCode);
});

it('a name that is online, and one that is reserved, are refused; the first agent goes on', async () => {
  const server = await startServer();
  const { authtoken } = firstRunOf(server);
  const upstream = await startUpstream((_request, response) => response.end('first'));
  const first = await startAgent(server, upstream.port, { authtoken, args: ['--url', 'taken'] });
  const connection = ['--connect-url', server.ready.connect, '--connect-cas', server.ready.caFile];

  const second = await fail(['http', '3000', '--url', 'taken', ...connection], { ADIT_AUTHTOKEN: authtoken });
  expect(second.said).toContain('ERR_ADIT_334');
  expect(second.code).toBe(6);
  const reserved = await fail(['http', '3000', '--url', 'admin', ...connection], { ADIT_AUTHTOKEN: authtoken });
  expect(reserved.said).toContain('ERR_ADIT_9404');
  expect(await visit(server, first.url)).toMatchObject({ status: 200, body: 'first' });
});

it('half a ClientHello, and plain rubbish, are dropped; others are served meanwhile', async () => {
  const server = await startServer();
  const send = (bytes: Buffer): Promise<unknown> => {
    const socket = connect(server.ready.https.port, '127.0.0.1').on('error', () => {});
    socket.resume().write(bytes);
    return closed(socket);
  };
  const half = send(Buffer.from('160301020001000100', 'hex'));
  const rubbish = send(Buffer.alloc(1000, 0xff));
  expect((await visit(server, `${server.ready.api}/healthz`)).status).toBe(200);
  await Promise.all([half, rubbish]);
});

it('broken frames from an agent end its session and nothing else', async () => {
  const server = await startServer();
  const [host, port] = server.ready.connect.split(':');
  const options = { host: '127.0.0.1', port: Number(port), servername: host ?? '', ca: server.ca };
  for (const bytes of ['ff'.repeat(64), '0000041200000002ffffffff', '00000430000000000000000000000000', '00']) {
    const socket = connectTls(options, () => socket.end(Buffer.from(bytes, 'hex')));
    socket.on('error', () => {}).resume();
    await closed(socket);
  }
  expect((await visit(server, `${server.ready.api}/healthz`)).status).toBe(200);
  expect(server.process.child.exitCode).toBeNull();
});

it('the server that is told to stop drains and exits 0', async () => {
  const server = await startServer();
  const upstream = await startUpstream((_request, response) => {
    setTimeout(() => response.end('finished'), 300);
  });
  const agent = await startAgent(server, upstream.port, firstRunOf(server));
  const arrived = once(upstream.server, 'request');
  const answer = visit(server, agent.url);
  await arrived;
  const exit = server.process.stop();
  expect((await answer).body).toBe('finished');
  expect(await exit).toBe(0);
});

it('[invariant: no-secret-leaves] secrets never appear in the process list', async () => {
  const server = await startServer();
  const { authtoken } = firstRunOf(server);
  const upstream = await startUpstream((_request, response) => response.end());
  const agent = await startAgent(server, upstream.port, { authtoken });
  for (const pid of [server.process.child.pid, agent.process.child.pid]) {
    expect(readFileSync(`/proc/${pid}/cmdline`, 'latin1')).not.toContain(authtoken);
  }
});
