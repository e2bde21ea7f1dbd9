import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { streamTypes } from '../protocol.ts';
import { HandTimer } from './hand-timer.testkit.ts';
import { memoryPair } from './memory-pair.testkit.ts';
import { MuxSession } from './mux-session.ts';
import { aditProfile } from './profiles.ts';
import { turn } from './raw-peer.testkit.ts';

/** A server whose visitors' requests reach `app` as the sockets of its connections. */
function tunnel(app: Server) {
  const [left, right] = memoryPair();
  const shared = { profile: aditProfile, timer: new HandTimer(), onClose: () => {} };
  const server = new MuxSession(left, { ...shared, role: 'server', onStream: () => {} });
  const client = new MuxSession(right, {
    ...shared,
    role: 'client',
    onStream: (stream) => app.emit('connection', stream),
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = () => server.open(streamTypes.proxy);
  return { server, client, agent };
}

it('node:http takes streams for sockets on both sides, with keep-alive and socket options', async () => {
  const app = createServer((incoming, response) => incoming.pipe(response));
  const { server, agent, client } = tunnel(app);
  const bodies: string[] = [];
  for (const body of ['one', 'two'.repeat(100_000)]) {
    const outgoing = request({ host: 'app.test', method: 'POST', agent, timeout: 1000 });
    outgoing.setNoDelay(true);
    outgoing.setSocketKeepAlive(true);
    outgoing.setTimeout(1000);
    outgoing.end(body);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.on('response', resolve).on('error', reject);
    });
    bodies.push(await text(response));
  }
  expect(bodies).toEqual(['one', 'two'.repeat(100_000)]);
  expect(server.openStreamCount).toBe(1);
  agent.destroy();
  await turn();
  expect([server.openStreamCount, client.openStreamCount]).toEqual([0, 0]);
});

it('node:http hands the stream over on an upgrade', async () => {
  const app = createServer();
  app.on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n');
    socket.pipe(socket);
  });
  const { agent, server } = tunnel(app);
  const outgoing = request({ host: 'app.test', agent, headers: { connection: 'upgrade', upgrade: 'echo' } });
  const echoed = new Promise<string>((resolve, reject) => {
    outgoing.on('error', reject).on('upgrade', (_response, socket) => {
      socket.end('hello');
      resolve(text(socket));
    });
  });
  outgoing.end();
  expect(await echoed).toBe('hello');
  await turn();
  expect(server.openStreamCount).toBe(0);
});

it('a response that ends the connection ends the stream', async () => {
  const app = createServer((_incoming, response) => response.setHeader('connection', 'close').end('bye'));
  const { server } = tunnel(app);
  const stream = server.open(streamTypes.proxy);
  stream.write('GET / HTTP/1.1\r\nhost: app.test\r\n\r\n');
  expect(await text(stream)).toMatch(/^HTTP\/1.1 200 OK[^]*\r\n\r\nbye$/);
});
