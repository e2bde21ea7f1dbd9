// A service that speaks plain TCP, reached by WebSockets of the library `ws`: the server unpacks them.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, it, onTestFinished, test } from 'vitest';
import { createWebSocketStream, type WebSocket } from 'ws';
import { freePort } from '../packages/server/src/edge/listener/free-ports.testkit.ts';
import { startAgent } from './support/agent.ts';
import { closed } from './support/closed.ts';
import { forwardWithPolicy, openSession as openNgrokSession } from './support/ngrok-session.ts';
import { startAdit } from './support/process.ts';
import { run } from './support/program.ts';
import { requires } from './support/requires.ts';
import { firstRunOf, newDataDir, startServer, type TestServer } from './support/server.ts';
import { openSession } from './support/session.ts';
import { startSshServer } from './support/sshd.ts';
import { startTcpService } from './support/tcp.ts';
import { callApi, openWebSocket, visit } from './support/visitor.ts';

const rule = 'on_http_request: [{actions: [{type: websocket-tcp-converter, config: {}}]}]';
const flag = ['--websocket-tcp-converter'];

/** Ways to ask for it, each with the URL of an endpoint before the service. */
const ways: Readonly<Record<string, (server: TestServer, port: number) => Promise<string>>> = {
  'a flag': async (server, port) => (await startAgent(server, port, { ...firstRunOf(server), args: flag })).url,
  'a key of the configuration': startConfigured,
  'a rule': (server, port) => forwardWithPolicy(server, rule, port),
  'an option of our SDK': async (server, port) => {
    const { session } = await openSession(server);
    return (
      await session.forward({ upstream: `tcp://127.0.0.1:${port}`, url: 'https://', websocketTcpConverter: true })
    ).url;
  },
  'an option of @ngrok/ngrok': async (server, port) => {
    const session = await openNgrokSession(server);
    const builder = session.httpEndpoint().websocketTcpConversion();
    const listener = await builder.listenAndForward(`http://127.0.0.1:${port}`);
    onTestFinished(() => listener.close().catch(() => {}));
    return String(listener.url());
  },
};

async function startConfigured(server: TestServer, port: number): Promise<string> {
  const dir = await newDataDir();
  const agent = `{ connect_url: ${server.ready.connect}, connect_cas: ${server.ready.caFile}, web_addr: false }`;
  const endpoint = `  - name: raw\n    upstream: { url: ${port} }\n    websocket_tcp_converter: true\n`;
  await writeFile(join(dir, 'adit.yml'), `version: 3\nagent: ${agent}\nendpoints:\n${endpoint}`);
  const env = { ADIT_AUTHTOKEN: firstRunOf(server).authtoken, XDG_STATE_HOME: dir };
  const running = startAdit(['start', '--all', '--config', join(dir, 'adit.yml')], env);
  onTestFinished(async () => void (await running.stop('SIGKILL')));
  return await running.waitFor((line) => {
    const event = JSON.parse(line) as { msg: string; url?: string };
    return event.msg === 'started tunnel' ? event.url : undefined;
  });
}

/** A service that greets, and then repeats what it hears. */
const parrot = (socket: Socket): void => {
  socket.write('HELLO\r\n');
  socket.pipe(socket);
};

test.each(Object.keys(ways))('a service gets the bytes of WebSockets by %s; others are refused', async (way) => {
  const server = await startServer();
  const service = await startTcpService(parrot);
  const url = (await ways[way]?.(server, service.port)) ?? '';
  const socket = openWebSocket(server, url, ['mqtt', 'binary']);
  expect(String((await once(socket, 'message'))[0])).toBe('HELLO\r\n');
  expect([socket.protocol, socket.extensions]).toEqual(['binary', '']);
  socket.send('\u0000\u00ff', { binary: true });
  expect(String((await once(socket, 'message'))[0])).toBe('\u0000\u00ff');
  socket.close(1000);
  expect((await once(socket, 'close'))[0]).toBe(1000);
  const plain = await visit(server, url);
  expect([plain.status, plain.headers['adit-error-code']]).toEqual([400, 'ERR_ADIT_3206']);
});

it('20 MB up and down arrive whole, at once', async () => {
  const server = await startServer();
  const service = await startTcpService((socket) => void socket.pipe(socket));
  const agent = await startAgent(server, service.port, { ...firstRunOf(server), args: flag });
  const sent = randomBytes(20_000_000);
  const stream = createWebSocketStream(openWebSocket(server, agent.url));
  const received = buffer(stream);
  // Pieces of many sizes: none of them means anything to the other side.
  let at = 0;
  for (let size = 1; at < sent.length; at += size, size = ((size * 7) % 99_991) + 1) {
    if (!stream.write(sent.subarray(at, at + size))) await once(stream, 'drain');
  }
  stream.end();
  const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
  expect(digest(await received)).toBe(digest(sent));
});

interface Open {
  readonly server: TestServer;
  readonly socket: WebSocket;
  /** The service's end. */
  readonly service: Socket;
  readonly agent: Awaited<ReturnType<typeof startAgent>>;
  readonly credentialId: string;
}

async function open(): Promise<Open> {
  const server = await startServer();
  const accepted = Promise.withResolvers<Socket>();
  const { port } = await startTcpService((socket) => {
    socket.write('HELLO\r\n');
    accepted.resolve(socket.on('end', () => socket.end()).resume());
  });
  const call = { method: 'POST', path: '/credentials', body: { description: 'laptop' } };
  const { json } = await callApi(server, firstRunOf(server).apiKey, call);
  const agent = await startAgent(server, port, { authtoken: String(json['token']), args: flag });
  const socket = openWebSocket(server, agent.url);
  socket.on('error', () => {});
  await once(socket, 'message');
  return { server, socket, service: await accepted.promise, agent, credentialId: String(json['id']) };
}

it.each<[what: string, act: (opened: Open) => unknown, code: number]>([
  ['a service that ends its side', ({ service }) => service.end(), 1000],
  ['a service that breaks off', ({ service }) => service.resetAndDestroy(), 1014],
  ['a visitor who closes', ({ socket }) => socket.close(4000), 4000],
  ['a visitor who breaks off', ({ socket }) => socket.terminate(), 1006],
  ['a visitor who sends text', ({ socket }) => socket.send('text'), 1003],
  ['an agent that is killed', ({ agent }) => agent.process.child.kill('SIGKILL'), 1014],
  [
    '[invariant: revoked-means-now] a credential that is revoked',
    ({ server, credentialId }) =>
      callApi(server, firstRunOf(server).apiKey, { method: 'DELETE', path: `/credentials/${credentialId}` }),
    1006,
  ],
])('%s ends both sides', async (_, act, code) => {
  const opened = await open();
  const over = Promise.all([once(opened.socket, 'close'), closed(opened.service)]);
  act(opened);
  const [[closeCode]] = (await over) as [[number, Buffer], unknown];
  expect(closeCode).toBe(code);
});

it('a service that nobody runs is told of by a close frame', async () => {
  const server = await startServer();
  const agent = await startAgent(server, await freePort(), { ...firstRunOf(server), args: flag });
  const [code, reason] = (await once(openWebSocket(server, agent.url), 'close')) as [number, Buffer];
  expect([code, reason.toString()]).toEqual([1014, expect.stringMatching(/^ERR_ADIT_8012: /)]);
});

it('rules before it decide who may, by the request that asks for the WebSocket', async () => {
  const server = await startServer();
  const service = await startTcpService(parrot);
  const rules = [
    'on_http_request:',
    '  - expressions: ["req.url.path != \'/raw\'"]',
    '    actions: [{type: custom-response, config: {status_code: 404}}]',
    "  - expressions: [\"!('origin' in req.headers) || req.headers['origin'][0] != 'https://app.example.com'\"]",
    '    actions: [{type: deny}]',
    '  - actions: [{type: websocket-tcp-converter}]',
  ].join('\n');
  const url = await forwardWithPolicy(server, rules, service.port);
  const refusedOf = async (path: string): Promise<number | undefined> => {
    const socket = openWebSocket(server, `${url}${path}`);
    socket.on('error', () => {});
    const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode?: number }];
    return answer.statusCode;
  };
  expect([await refusedOf('/'), await refusedOf('/raw')]).toEqual([404, 403]);
  const socket = openWebSocket(server, `${url}/raw`, [], { origin: 'https://app.example.com' });
  expect(String((await once(socket, 'message'))[0])).toBe('HELLO\r\n');
});

it('OpenSSH works through WebSockets', async (context) => {
  requires(context, ['ssh', 'sshd']);
  const sshd = await startSshServer();
  const server = await startServer();
  const agent = await startAgent(server, sshd.port, { ...firstRunOf(server), args: flag });
  // What a ProxyCommand is for a login: a connection of its own by WebSocket.
  const door = await startTcpService((socket) => {
    const stream = createWebSocketStream(openWebSocket(server, agent.url));
    stream.on('error', () => socket.destroy());
    socket.pipe(stream).pipe(socket);
  });
  const input = Buffer.alloc(2 * 1_048_576, 'all the bytes of a shell, in their order. ');
  const { code, stdout } = await run(sshd.login(door.port, 'cat && echo and the end'), { input });
  expect([code, stdout === `${input}and the end\n`]).toEqual([0, true]);
});
