import { once } from 'node:events';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { expect, it, onTestFinished, vi } from 'vitest';
import { freePort } from '../packages/server/src/edge/listener/free-ports.testkit.ts';
import { isPostgresInstalled, startPostgres } from '../packages/server/src/store/postgres/postgres-server.testkit.ts';
import { openSession } from './support/ngrok-session.ts';
import { run } from './support/program.ts';
import { requires } from './support/requires.ts';
import { startServer, type TestServer } from './support/server.ts';
import { startSshServer } from './support/sshd.ts';
import { openTcp, startTcpService } from './support/tcp.ts';

/** A server with one port for tcp endpoints. */
async function startServerWithPort(): Promise<{ server: TestServer; port: number }> {
  const port = await freePort();
  return { server: await startServer({ args: ['--tcp-ports', String(port)] }), port };
}

/** The public port of a tcp endpoint that the official SDK opened for a service. */
async function publish(upstreamPort: number): Promise<{ server: TestServer; port: number; url: string }> {
  const { server, port } = await startServerWithPort();
  const session = await openSession(server);
  const listener = await session.tcpEndpoint().listenAndForward(`tcp://127.0.0.1:${upstreamPort}`);
  return { server, port, url: listener.url() ?? '' };
}

const sent = Buffer.alloc(8 * 1_048_576, 'all the bytes of a tcp endpoint, in their order. ');

it('the unmodified @ngrok/ngrok opens a tcp endpoint, and megabytes come back from it whole', async () => {
  const echo = await startTcpService((socket) => void socket.pipe(socket));
  const { port, url } = await publish(echo.port);
  expect(url).toBe(`tcp://localhost:${port}`);
  const visitor = openTcp(port);
  visitor.end(sent);
  expect((await buffer(visitor)).equals(sent)).toBe(true);
});

it('a server that stops ends tcp connections, and does not wait for them', async () => {
  const echo = await startTcpService((socket) => void socket.pipe(socket));
  const { server, port } = await publish(echo.port);
  const visitor = openTcp(port);
  visitor.write('ping');
  await once(visitor, 'data');
  expect(await server.process.stop()).toBe(0);
  await vi.waitFor(() => expect(visitor.closed).toBe(true), { timeout: 15_000 });
});

it('many connections at once do not mix', async () => {
  const echo = await startTcpService((socket) => void socket.pipe(socket));
  const { port } = await publish(echo.port);
  const pieces = Array.from({ length: 50 }, (_, i) => Buffer.alloc(100_000, `visitor ${i} `));
  const answers = await Promise.all(
    pieces.map((piece) => {
      const visitor = openTcp(port);
      visitor.end(piece);
      return buffer(visitor);
    }),
  );
  expect(answers.every((answer, i) => answer.equals(pieces[i]!))).toBe(true);
});

it('each side may end its own half first', async () => {
  const accepted = Promise.withResolvers<Socket>();
  const service = await startTcpService((socket) => accepted.resolve(socket.end('service is done')));
  const { port } = await publish(service.port);
  const visitor = openTcp(port);
  expect((await buffer(visitor)).toString()).toBe('service is done');
  visitor.write('the visitor ');
  visitor.end('is not');
  expect((await buffer(await accepted.promise)).toString()).toBe('the visitor is not');
});

it('a service that nobody runs ends the connection, and the port closes with its endpoint', async () => {
  const { server, port } = await startServerWithPort();
  const session = await openSession(server);
  const listener = await session.tcpEndpoint().listenAndForward(`tcp://127.0.0.1:${await freePort()}`);
  const visitor = openTcp(port);
  await once(visitor.resume(), 'close').catch(() => undefined);
  await listener.close();
  await vi.waitFor(
    async () => {
      const refused = openTcp(port);
      await vi.waitFor(() => expect(refused.closed).toBe(true), { timeout: 15_000 });
      expect(refused.errored).toMatchObject({ code: 'ECONNREFUSED' });
    },
    { timeout: 10_000 },
  );
});

it('PostgreSQL works through a tcp endpoint', async (context) => {
  requires(context, ['psql']);
  context.skip(!isPostgresInstalled, 'needs the Debian package postgresql');
  const postgres = await startPostgres();
  onTestFinished(() => postgres.close());

  const { port } = await publish(postgres.port);
  const url = postgres.url().replace(`:${postgres.port}/`, `:${port}/`);
  const psql = ['psql', '-X', '-At', '-v', 'ON_ERROR_STOP=1', url];
  const rows = 200_000;
  const script =
    `create table numbers as select n, md5(n::text) as word from generate_series(1, ${rows}) n;\n` +
    'select count(*), sum(n) from numbers;\n\\copy numbers to pstdout\n';
  const { code, stdout, stderr } = await run(psql, { input: script });
  expect([code, stderr]).toEqual([0, '']);
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(2 + rows);
  expect(lines[1]).toBe(`${rows}|${(rows * (rows + 1)) / 2}`);
  expect(lines.at(-1)).toMatch(new RegExp(`^${rows}\t[0-9a-f]{32}$`));
});

it('OpenSSH works through a tcp endpoint', async (context) => {
  requires(context, ['ssh', 'sshd']);
  const sshd = await startSshServer();
  const { port } = await publish(sshd.port);
  const input = sent.subarray(0, 2 * 1_048_576);
  const { code, stdout } = await run(sshd.login(port, 'cat && echo and the end'), { input });
  expect([code, stdout === `${input}and the end\n`]).toEqual([0, true]);
});
