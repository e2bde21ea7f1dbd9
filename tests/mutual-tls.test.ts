import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type ConnectionOptions, connect } from 'node:tls';
import { basicConstraints, keyUsage, makeX509 } from '@adit/policy-kit/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { startAgent } from './support/agent.ts';
import { closed } from './support/closed.ts';
import { runExample } from './support/example.ts';
import { foundInFiles } from './support/memory.ts';
import { openSession } from './support/ngrok-session.ts';
import { requires } from './support/requires.ts';
import { firstRunOf, newDataDir, startServer, type TestServer } from './support/server.ts';
import { startTcpService } from './support/tcp.ts';
import { startUpstream } from './support/upstream.ts';
import { visit, visitorOptions } from './support/visitor.ts';

const authority = (subject: string) =>
  makeX509({ subject, extensions: [basicConstraints(true), keyUsage('certSign')] });
const root = authority('root');
const ann = makeX509({ subject: 'Ann', issuer: root });
const stranger = makeX509({ subject: 'Ann', issuer: authority('root') });

/** Tells what it was told of the visitor. */
const tellIdentity: RequestListener = ({ headers }, response) => {
  response.end(`${headers['ngrok-mtls-subject-cn']} ${headers['adit-mtls-fingerprint']}`);
};
const toldOf = ({ cert }: { cert: string }) =>
  `Ann ${new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase()}`;

async function caFile(): Promise<string> {
  const file = join(await newDataDir(), 'ca.crt');
  await writeFile(file, root.cert);
  return file;
}

/** A visitor's request with a certificate; what becomes of it. */
async function visitWith(
  server: TestServer,
  url: string,
  client: { cert?: string; key?: string } = {},
): Promise<string> {
  try {
    const sent = request({ ...visitorOptions(server, url), cert: client.cert, key: client.key, agent: false }).end();
    const [answer] = await once(sent, 'response');
    return `${answer.statusCode} ${await text(answer)}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

it("the guide's own commands make an endpoint that only the bearer of a certificate gets into", async (context) => {
  requires(context, ['curl', 'openssl']);
  const server = await startServer();
  const upstream = await startUpstream(tellIdentity);
  const { code, stdout, stderr, cwd } = await runExample(server, 'mutual-tls.sh', upstream.port);
  expect(code, stderr).toBe(0);
  const cert = await readFile(join(cwd, 'ngrokclient.crt'), 'utf8');
  const [refused = '', entered = '', stopped = ''] = stdout.split(/^.*:\n/m).slice(1);
  expect(refused).toMatch(/^curl: \(\d+\) .*alert certificate required/);
  expect(entered).toMatch(/^Ann's laptop [0-9a-f]{64}/);
  expect(stopped).toMatch(/ERR_ADIT_3200/);
  // Of the bundle nothing is left, in any form that it went through.
  const ca = await readFile(join(cwd, 'ca.crt'), 'utf8');
  const lines = ca.trim().split('\n').slice(1, 3);
  const forms = new Map([
    ['PEM', Buffer.from(lines[0] ?? '')],
    ['PEM in base64', Buffer.from(Buffer.from(ca).toString('base64').slice(60, 120))],
    ['DER', Buffer.from(lines.join(''), 'base64')],
  ]);
  expect([...(await foundInFiles(server.dataDir, forms))]).toEqual([]);
  // The form that the guide makes, which says neither what it is for nor that it is of the third version.
  expect(new X509Certificate(cert).keyUsage).toBeUndefined();
}, 120_000); // How long openssl looks for primes of 2048 bits is a matter of luck.

it('what is asked of an endpoint is asked of nobody else on the port, whatever connection it comes over', async () => {
  const server = await startServer();
  const { authtoken } = firstRunOf(server);
  const upstream = await startUpstream(tellIdentity);
  const file = await caFile();
  const closed = await startAgent(server, upstream.port, {
    ...{ authtoken, args: ['--url', 'https://closed.localhost', '--mutual-tls-cas', file] },
  });
  const open = await startAgent(server, upstream.port, { authtoken, args: ['--url', 'https://open.localhost'] });
  expect(await visitWith(server, closed.url, ann)).toBe(`200 ${toldOf(ann)}`);
  expect(await visitWith(server, closed.url)).toMatch(
    /^ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED$|^ECONNRESET$|^EPIPE$/,
  );
  expect(await visitWith(server, closed.url, stranger)).toMatch(/^ECONNRESET$|^EPIPE$/);
  expect(await visitWith(server, open.url, ann)).toBe('200 undefined undefined');
  const forged = { headers: { 'ngrok-mtls-subject-cn': 'Ann', Adit_Mtls_Fingerprint: 'x' } };
  expect((await visit(server, open.url, forged)).body).toBe('undefined undefined');

  // As browsers do, which use one connection for all names that its certificate has.
  const [to, from] = [new URL(closed.url), new URL(open.url)];
  const ask = async (servername: string, authority: string, client: ConnectionOptions = {}): Promise<number> => {
    const session = connectHttp2(`https://127.0.0.1:${to.port}`, { ca: server.ca, servername, ...client });
    onTestFinished(() => session.destroy());
    const stream = session.request({ ':path': '/', ':authority': authority });
    const [headers] = await once(stream.resume(), 'response');
    return headers[':status'];
  };
  expect(await ask(from.hostname, from.host)).toBe(200);
  expect(await ask(from.hostname, to.host)).toBe(421);
  expect(await ask(to.hostname, to.host, ann)).toBe(200);
  expect(await ask(to.hostname, from.host, ann)).toBe(421);
});

it('a WebSocket is opened with a certificate and goes on; it is over with the agent, as is what was asked for', async () => {
  const server = await startServer();
  const upstream = await startUpstream(tellIdentity);
  upstream.server.on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n');
    socket.pipe(socket);
  });
  const { authtoken } = firstRunOf(server);
  const args = ['--url', 'https://closed.localhost', '--mutual-tls-cas', await caFile()];
  const agent = await startAgent(server, upstream.port, { authtoken, args });
  const base = visitorOptions(server, agent.url);
  const headers = { ...(base.headers as object), connection: 'Upgrade', upgrade: 'raw' };
  const sent = request({ ...base, headers, cert: ann.cert, key: ann.key, agent: false }).end();
  const [, socket] = await once(sent, 'upgrade');
  socket.on('error', () => undefined).write('ping');
  expect(String((await once(socket, 'data'))[0])).toBe('ping');
  const over = closed(socket);
  await agent.process.stop('SIGTERM');
  await over;
  expect(await visitWith(server, agent.url)).toMatch(/^404 /);
});

it('adit tls --mutual-tls-cas: the server ends TLS, asks, and hands on what was said', async () => {
  const server = await startServer();
  const service = await startTcpService((socket) => void socket.pipe(socket));
  const { authtoken } = firstRunOf(server);
  const args = ['--url', 'tls://raw.localhost', '--mutual-tls-cas', await caFile()];
  const agent = await startAgent(server, service.port, { authtoken, command: 'tls', args });
  const url = new URL(agent.url.replace('tls:', 'https:'));
  const shake = (client: ConnectionOptions) => {
    const options = { host: '127.0.0.1', port: Number(url.port), servername: url.hostname, ca: server.ca };
    const socket = connect({ ...options, ...client });
    onTestFinished(() => void socket.destroy());
    return socket;
  };
  const visitor = shake(ann);
  visitor.write('ping');
  expect(String((await once(visitor, 'data'))[0])).toBe('ping');
  const refused = shake({});
  const [error] = await once(refused.resume(), 'error');
  expect(error.code).toBe('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
});

it('an unmodified @ngrok/ngrok asks for certificates with mutualTlsca, of https and of tls endpoints', async () => {
  const server = await startServer();
  const upstream = await startUpstream(tellIdentity);
  const session = await openSession(server);
  const cas = Buffer.from(root.cert + authority('another').cert);
  const https = await session.httpEndpoint().mutualTlsca(cas).listenAndForward(`http://127.0.0.1:${upstream.port}`);
  const url = https.url() ?? '';
  expect(await visitWith(server, url, ann)).toBe(`200 ${toldOf(ann)}`);
  expect(await visitWith(server, url, stranger)).toMatch(/^ECONNRESET$|^EPIPE$/);
  const tls = await session.tlsEndpoint().mutualTlsca(cas).listenAndForward(`tcp://127.0.0.1:${upstream.port}`);
  const asHttps = (tls.url() ?? '').replace('tls:', 'https:');
  expect(await visitWith(server, asHttps, ann)).toBe('200 undefined undefined');
  expect(await visitWith(server, asHttps)).toMatch(/^ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED$|^ECONNRESET$|^EPIPE$/);
  const bad = session.httpEndpoint().mutualTlsca(Buffer.from('no PEM')).listenAndForward('http://127.0.0.1:1');
  await expect(bad).rejects.toThrow(/mutual_tls_certificate_authorities/);
  const leaf = session.httpEndpoint().mutualTlsca(Buffer.from(ann.cert)).listenAndForward('http://127.0.0.1:1');
  await expect(leaf).rejects.toThrow(/CA:TRUE/);
});
