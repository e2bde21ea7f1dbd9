import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { Agent, request as requestPlain } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { expect, it, type TestContext, vi } from 'vitest';
import { freePort } from '../packages/server/src/edge/listener/free-ports.testkit.ts';
import { openSession } from './support/ngrok-session.ts';
import { start } from './support/program.ts';
import { requires } from './support/requires.ts';
import { newDataDir, startServer, type TestServer } from './support/server.ts';
import { openTcp, startTcpService } from './support/tcp.ts';

interface Nginx {
  readonly port: number;
  /** One line for each request: the visitor's address and port, the server's, the path. */
  log(): Promise<string[]>;
}

/** An nginx that takes no connection without a PROXY header. */
async function startNginx(context: TestContext): Promise<Nginx> {
  requires(context, ['nginx']);
  const dir = await newDataDir();
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${dir}/${name};`,
  );
  const seen = '$proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_addr $proxy_protocol_server_port $uri';
  await writeFile(
    join(dir, 'nginx.conf'),
    `daemon off; master_process off; pid ${dir}/pid; error_log stderr notice;
    events {}
    http {
      ${temporary.join(' ')}
      log_format seen '${seen}';
      access_log ${dir}/access.log seen;
      server { listen 127.0.0.1:${port} proxy_protocol; location / { return 200 "hello"; } }
    }`,
  );
  start(['nginx', '-p', dir, '-c', join(dir, 'nginx.conf')]);
  await vi.waitFor(async () => void (await once(openTcp(port), 'connect')), { timeout: 10_000 });
  const log = async (): Promise<string[]> => (await readFile(`${dir}/access.log`, 'utf8')).trimEnd().split('\n');
  return { port, log };
}

/** Requests on one TLS connection that begins with `header`; answers the connection's own port. */
async function ask(server: TestServer, url: string, { header, paths }: { header: Buffer; paths: string[] }) {
  const tcp = openTcp(server.ready.https.port);
  tcp.write(header);
  const { host, hostname } = new URL(url);
  const socket = connectTls({ socket: tcp, servername: hostname, ca: server.ca });
  const keeper = Object.assign(new Agent({ keepAlive: true, maxSockets: 1 }), { createConnection: () => socket });
  for (const path of paths) {
    const [answer] = await once(requestPlain({ agent: keeper, path, headers: { host } }).end(), 'response');
    expect([answer.statusCode, (await buffer(answer)).toString()]).toEqual([200, 'hello']);
  }
  const { localPort } = tcp;
  keeper.destroy();
  return localPort;
}

const ipv4 = Buffer.from('PROXY TCP4 203.0.113.9 192.0.2.1 51234 443\r\n');
const ipv6 = Buffer.from('PROXY TCP6 2001:db8::7 2001:db8::1 51234 443\r\n');

for (const version of ['1', '2'] as const) {
  it(`nginx logs the true visitor from a PROXY header of version ${version}, IPv4 and IPv6`, async (context) => {
    const nginx = await startNginx(context);
    const server = await startServer({ args: ['--proxy-protocol-from', '127.0.0.1'] });
    const session = await openSession(server);
    const listener = await session
      .httpEndpoint()
      .proxyProto(version)
      .listenAndForward(`http://127.0.0.1:${nginx.port}`);
    const url = listener.url() ?? '';
    // The second request of a connection finds the stream with its header used already.
    await ask(server, url, { header: ipv4, paths: ['/a', '/b'] });
    await ask(server, url, { header: ipv6, paths: ['/c'] });
    await expect
      .poll(() => nginx.log())
      .toEqual([
        '203.0.113.9 51234 192.0.2.1 443 /a',
        '203.0.113.9 51234 192.0.2.1 443 /b',
        '2001:db8::7 51234 2001:db8::1 443 /c',
      ]);
  });
}

it('a visitor without a balancer is told as the server sees him', async (context) => {
  const nginx = await startNginx(context);
  const server = await startServer();
  const session = await openSession(server);
  const listener = await session.httpEndpoint().proxyProto('2').listenAndForward(`http://127.0.0.1:${nginx.port}`);
  const port = await ask(server, listener.url() ?? '', { header: Buffer.alloc(0), paths: ['/a'] });
  const { https } = server.ready;
  await vi.waitFor(async () => expect(await nginx.log()).toEqual([`127.0.0.1 ${port} 127.0.0.1 ${https.port} /a`]), {
    timeout: 15_000,
  });
});

it.each(['1', '2'])('tcp endpoints send it as well, version %s, before the first byte', async (version) => {
  const port = await freePort();
  const server = await startServer({ args: ['--tcp-ports', String(port)] });
  const service = await startTcpService((socket) => void socket.pipe(socket));
  const session = await openSession(server);
  await session.tcpEndpoint().proxyProto(version).listenAndForward(`tcp://127.0.0.1:${service.port}`);
  const visitor = openTcp(port);
  await once(visitor, 'connect');
  const { localPort = 0 } = visitor;
  visitor.end('first bytes');
  const came = await buffer(visitor);
  const text = `PROXY TCP4 127.0.0.1 127.0.0.1 ${localPort} ${port}\r\n`;
  const binary = Buffer.from('0d0a0d0a000d0a515549540a2111000c7f0000017f00000100000000', 'hex');
  binary.writeUInt16BE(localPort, 24);
  binary.writeUInt16BE(port, 26);
  expect(came.toString('latin1')).toBe(`${version === '1' ? text : binary.toString('latin1')}first bytes`);
});
