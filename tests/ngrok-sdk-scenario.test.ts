// What the unmodified official SDK does with this server, from tcp to an operator's commands; a table says what was done.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import type { Listener } from '@ngrok/ngrok';
import { afterAll, expect, it, onTestFinished, type TestContext } from 'vitest';
import { Crowd, startHoldingUpstream } from './support/crowd.ts';
import { openSession } from './support/ngrok-session.ts';
import { makePair } from './support/own-certificate.ts';
import { firstRunOf, startServer, type TestServer } from './support/server.ts';
import { openTcp, startTcpService } from './support/tcp.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, visit } from './support/visitor.ts';

const done: [what: string, result: string][] = [];
afterAll(() => {
  const width = Math.max(...done.map(([what]) => what.length));
  console.log(done.map(([what, result]) => `${what.padEnd(width)}  ${result}`).join('\n'));
});

function operator(server: TestServer) {
  const { apiKey } = firstRunOf(server);
  const list = async (path: 'tunnel_sessions' | 'endpoints') => {
    const { json } = await callApi(server, apiKey, { method: 'GET', path: `/${path}` });
    return json[path] as Record<string, unknown>[];
  };
  /** To the session with that metadata. */
  const command = async (metadata: string, name: string) => {
    const id = String((await list('tunnel_sessions')).find((one) => one['metadata'] === metadata)?.['id']);
    return await callApi(server, apiKey, { method: 'POST', path: `/tunnel_sessions/${id}/${name}`, body: { id } });
  };
  return { list, command };
}

const urlOf = (listener: Listener): string => listener.url() ?? '';
const readTcp = (listener: Listener): Promise<string> => text(openTcp(Number(new URL(urlOf(listener)).port)));

/** A service with a certificate of its own, and a visitor who trusts no other. */
async function startTlsService(context: TestContext, answer: string) {
  const pair = await makePair(context, 'mine.localhost');
  const service = createTlsServer(pair, (socket) => void socket.on('error', () => {}).end(answer));
  await once(service.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void service.close());
  const read = async (listener: Listener) => {
    const { hostname, port } = new URL(urlOf(listener));
    const visitor = connectTls({ host: '127.0.0.1', port: Number(port), servername: hostname, ca: pair.cert });
    onTestFinished(() => void visitor.destroy());
    return await text(visitor);
  };
  return { port: (service.address() as AddressInfo).port, read };
}

it('https, tcp and tls at once on one session, which the API shows', async (context) => {
  const server = await startServer();
  const { list } = operator(server);
  const web = await startUpstream((_request, response) => response.end('web'));
  const raw = await startTcpService((socket) => void socket.end('raw'));
  const own = await startTlsService(context, 'own');
  const session = await openSession(server, (builder) => builder.metadata('three'));
  const https = await session.httpEndpoint().listenAndForward(`http://127.0.0.1:${web.port}`);
  const tcp = await session.tcpEndpoint().listenAndForward(`tcp://127.0.0.1:${raw.port}`);
  const tls = await session.tlsEndpoint().domain('mine.localhost').listenAndForward(`tcp://127.0.0.1:${own.port}`);
  const readWeb = async () => (await visit(server, urlOf(https))).body;
  const rounds = Array.from({ length: 10 }, () => Promise.all([readWeb(), readTcp(tcp), own.read(tls)]));
  expect(await Promise.all(rounds)).toEqual(Array.from({ length: 10 }, () => ['web', 'raw', 'own']));

  const [shown, ...others] = await list('tunnel_sessions');
  expect(Math.abs(Date.parse(String(shown?.['started_at'])) - Date.now())).toBeLessThan(60_000);
  expect(others).toEqual([]);
  const facts = { os: 'linux', metadata: 'three', transport: 'ngrok/v2', ip: '127.0.0.1', agent_version: '1.7.0' };
  expect(shown).toMatchObject(facts);
  const endpoints = await list('endpoints');
  expect(new Set(endpoints.map(({ url }) => url))).toEqual(new Set([https, tcp, tls].map(urlOf)));
  expect(endpoints.map((one) => (one['tunnel_session'] as { id: string }).id)).toEqual(Array(3).fill(shown?.['id']));
  await tcp.close();
  expect([await readWeb(), await own.read(tls)]).toEqual(['web', 'own']);
  expect(await list('endpoints')).toHaveLength(2);
  done.push(['https, tcp, tls on one session', '30 visits at once answered; closing one left two']);
});

it('two sessions share one URL, and one goes on alone', async () => {
  const server = await startServer();
  const { list } = operator(server);
  const members = [];
  for (const name of ['one', 'two']) {
    const { port } = await startUpstream((_request, response) => response.end(name));
    const session = await openSession(server, (builder) => builder.metadata(name));
    const builder = session.httpEndpoint().domain('pool.localhost').poolingEnabled(true);
    members.push(await builder.listenAndForward(`http://127.0.0.1:${port}`));
  }
  const [first, second] = members as [Listener, Listener];
  expect(urlOf(first)).toBe(urlOf(second));
  expect((await list('tunnel_sessions')).map(({ metadata }) => metadata)).toEqual(['two', 'one']);
  const bodies = async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => visit(server, urlOf(first))));
    return answers.map(({ body }) => body).sort();
  };
  const shared = await bodies();
  expect(new Set(shared)).toEqual(new Set(['one', 'two']));
  await first.close();
  expect(new Set(await bodies())).toEqual(new Set(['two']));
  done.push([
    'pool of two sessions',
    `${shared.indexOf('two')} and ${40 - shared.indexOf('two')} of 40 visits; then 40 of 40`,
  ]);
});

const formV2 = /^0d0a0d0a000d0a515549540a2111000c7f0000017f000001(.{4}).{4}68656c6c6f$/;

it('the upstream is told of the visitor by the PROXY protocol', async () => {
  const server = await startServer();
  const session = await openSession(server);
  const versions = [
    ['1', (got: Buffer) => /^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 (\d+) \d+\r\nhello$/.exec(got.toString())?.[1]],
    // Signature, PROXY over TCP4, twelve bytes: two addresses, two ports. Then "hello".
    ['2', (got: Buffer) => parseInt(formV2.exec(got.toString('hex'))?.[1] ?? '', 16)],
  ] as const;
  for (const [version, portIn] of versions) {
    const got = Promise.withResolvers<Buffer>();
    const service = await startTcpService((socket) => {
      void buffer(socket).then(got.resolve);
      socket.once('end', () => socket.end());
    });
    const listener = await session
      .tcpEndpoint()
      .proxyProto(version)
      .listenAndForward(`tcp://127.0.0.1:${service.port}`);
    const visitor = openTcp(Number(new URL(urlOf(listener)).port));
    visitor.end('hello');
    const told = Number(portIn(await got.promise));
    expect(told).toBe(visitor.localPort);
    done.push([`PROXY protocol, version ${version}`, `the upstream knows the visitor's port, ${told}`]);
  }
});

it('exactly 400 visitors at once are all answered', async () => {
  const server = await startServer();
  const upstream = await startHoldingUpstream();
  const session = await openSession(server);
  const listener = await session.httpEndpoint().listenAndForward(`http://127.0.0.1:${upstream.port}`);
  const crowd = new Crowd(server, urlOf(listener));
  await crowd.gather(400, upstream);
  expect([upstream.held, crowd.statuses]).toEqual([400, []]);
  upstream.release();
  await crowd.until(() => crowd.statuses.length === 400);
  expect(crowd.count(200)).toBe(400);
  expect((await visit(server, `${urlOf(listener)}/now`)).body).toBe('now');
  done.push(['400 visitors at once', '400 open at the upstream together, then 400 × 200']);
}, 120_000); // Twice 400 handshakes and answers, and all of them in this one process.

it('an operator stops, restarts and updates a program through its handlers', async () => {
  const server = await startServer();
  const { list, command } = operator(server);
  const { port } = await startUpstream((_request, response) => response.end('here'));
  const serve = async (name: string) => {
    const told = {
      stop: Promise.withResolvers<void>(),
      restart: Promise.withResolvers<void>(),
      update: [] as object[],
    };
    const session = await openSession(server, (builder) =>
      builder
        .metadata(name)
        .handleStopCommand(told.stop.resolve)
        .handleRestartCommand(told.restart.resolve)
        .handleUpdateCommand(
          ({ version, permitMajorVersion }) => void told.update.push({ version, permitMajorVersion }),
        ),
    );
    const listener = await session.httpEndpoint().domain('app.localhost').listenAndForward(`http://127.0.0.1:${port}`);
    return { told, listener };
  };
  const first = await serve('first');
  expect((await command('first', 'update')).status).toBe(204);
  // The SDK answers before it calls the handler.
  await expect.poll(() => first.told.update).toEqual([{ version: '', permitMajorVersion: false }]);
  expect((await command('first', 'restart')).status).toBe(204);
  await first.told.restart.promise;
  await first.listener.close();
  const second = await serve('second');
  expect(urlOf(second.listener)).toBe(urlOf(first.listener));
  expect((await visit(server, urlOf(second.listener))).body).toBe('here');
  expect((await command('second', 'stop')).status).toBe(204);
  await second.told.stop.promise;
  await second.listener.close();
  expect((await visit(server, urlOf(second.listener))).status).toBe(404);
  expect(await list('endpoints')).toEqual([]);
  done.push([
    'update, restart, stop by the API',
    'handlers called with what was asked; restarted at the same URL, then stopped',
  ]);
});

it('what the SDK says against a command reaches the caller of the API', async () => {
  const server = await startServer();
  await openSession(server, (builder) => builder.metadata('deaf'));
  for (const name of ['stop', 'restart', 'update']) {
    const { status, json } = await operator(server).command('deaf', name);
    expect([name, status, json['error_code']]).toEqual([name, 409, 'ERR_ADIT_9406']);
    const words = 'the agent has not defined a callback for this operation';
    expect(json['msg']).toMatch(`Cannot ${name} the agent: ${words}. `);
    if (name === 'stop') done.push(['a command without a handler', `409 ERR_ADIT_9406: "${words}"`]);
  }
});
