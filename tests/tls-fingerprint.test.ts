// Rules about the program that a visitor uses, by the ClientHello that it sent: with TLS that the server ends, and without.
import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { type ConnectionOptions, connect, createServer, type TLSSocket } from 'node:tls';
import { getTlsFingerprintAsJa4 } from 'read-tls-client-hello';
import { expect, it, onTestFinished } from 'vitest';
import { forwardWithPolicy, openSession } from './support/ngrok-session.ts';
import { makePair } from './support/own-certificate.ts';
import { startServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { visit, visitorOptions } from './support/visitor.ts';

/** What an independent library makes of the hello that a client with these options sends. */
async function fingerprintOf(options: ConnectionOptions): Promise<string> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const client = connect({ ...options, host: '127.0.0.1', port }).on('error', () => {});
  const [socket] = (await once(server, 'connection')) as [Socket];
  const fingerprint = await getTlsFingerprintAsJa4(socket);
  client.destroy();
  socket.destroy();
  return fingerprint;
}

it('a rule of an https endpoint sees the JA4 fingerprint of the visitor', async () => {
  const server = await startServer();
  const upstream = await startUpstream(({ headers }, response) => response.end(headers['x-ja4']));
  const policy = `on_http_request: [{actions: [{type: add-headers, config: {headers: {x-ja4: "\${conn.tls.ja4_fingerprint}"}}}]}]`;
  const url = await forwardWithPolicy(server, policy, upstream.port);
  const { servername, ca } = visitorOptions(server, url) as ConnectionOptions;
  const answer = await visit(server, url);
  const known = await fingerprintOf({ servername, ca });
  expect(known).toMatch(/^t13d\d{4}00_/);
  expect(answer).toMatchObject({ status: 200, body: known });
});

it('a rule of a tls endpoint whose TLS passes through refuses a program by it', async (context) => {
  const server = await startServer();
  const pair = await makePair(context, 'mine.localhost');
  const service = createServer(pair, (socket) => void socket.on('error', () => {}).end('in')).listen(0, '127.0.0.1');
  await once(service, 'listening');
  onTestFinished(() => void service.close());
  const of = (maxVersion: 'TLSv1.2' | 'TLSv1.3') => ({ servername: 'mine.localhost', ca: pair.cert, maxVersion });
  const denied = await fingerprintOf(of('TLSv1.2'));
  const policy = `on_tcp_connect: [{expressions: ["conn.tls.ja4_fingerprint == '${denied}'"], actions: [{type: deny}]}]`;
  const session = await openSession(server);
  const { port } = service.address() as AddressInfo;
  const builder = session.tlsEndpoint().domain('mine.localhost').trafficPolicy(policy);
  await builder.listenAndForward(`tcp://127.0.0.1:${port}`);

  const visitor = (options: ConnectionOptions): TLSSocket => {
    const socket = connect({ ...options, host: '127.0.0.1', port: server.ready.https.port });
    onTestFinished(() => void socket.destroy());
    return socket;
  };
  expect(String((await once(visitor(of('TLSv1.3')), 'data'))[0])).toBe('in');
  const refused = visitor(of('TLSv1.2'));
  const outcome = await Promise.race([once(refused, 'secureConnect').then(() => 'in'), once(refused, 'error')]);
  expect(outcome).not.toBe('in');
});
