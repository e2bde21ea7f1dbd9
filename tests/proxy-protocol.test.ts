import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Agent, type IncomingMessage, request as requestPlain } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startAgent, type TestAgent } from './support/agent.ts';
import { firstRunOf, newDataDir, startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';

const headerV1 = Buffer.from('PROXY TCP4 203.0.113.9 192.0.2.1 51234 443\r\n');
// 2001:db8::7 port 51234 to 2001:db8::1 port 443.
const headerV2 = Buffer.from(
  '0d0a0d0a000d0a515549540a21210024' + '20010db800000000000000000000000720010db8000000000000000000000001c82201bb',
  'hex',
);
const noHeader = Buffer.alloc(0);

interface House {
  readonly server: TestServer;
  /** An endpoint whose upstream answers with the header lines it got. */
  readonly agent: TestAgent;
}

async function openHouse(args: readonly string[], agentArgs: readonly string[] = []): Promise<House> {
  const server = await startServer({ args });
  const upstream = await startUpstream((incoming, response) => response.end(JSON.stringify(incoming.headers)));
  const agent = await startAgent(server, upstream.port, { ...firstRunOf(server), args: agentArgs });
  return { server, agent };
}

function openTcp(port: number): Socket {
  const socket = connect({ host: '127.0.0.1', port }).on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** A visitor's TLS connection, kept between requests. */
interface Connection {
  readonly socket: TLSSocket;
  readonly keeper: Agent;
}

/** Opens one behind a load balancer that writes `header` first. */
function openBehindBalancer({ server, agent }: House, header: Buffer): Connection {
  const tcp = openTcp(server.ready.https.port);
  tcp.write(header);
  const servername = new URL(agent.url).hostname;
  const socket = connectTls({ socket: tcp, servername, ca: server.ca, ALPNProtocols: ['http/1.1'] });
  socket.on('error', () => undefined);
  const keeper = Object.assign(new Agent({ keepAlive: true, maxSockets: 1 }), { createConnection: () => socket });
  return { socket, keeper };
}

interface Answer {
  readonly status: number;
  readonly code: unknown;
  /** What the upstream was told. */
  readonly seen: Record<string, string>;
}

/** One request. */
async function ask({ agent }: House, { keeper }: Connection, headers: Record<string, string> = {}): Promise<Answer> {
  const { host } = new URL(agent.url);
  const sent = requestPlain({ agent: keeper, headers: { host, accept: 'application/json', ...headers } }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const body = (await buffer(answer)).toString();
  const code = answer.headers['adit-error-code'];
  return { status: answer.statusCode ?? 0, code, seen: code ? {} : (JSON.parse(body) as Record<string, string>) };
}

async function endOf(socket: Socket): Promise<string> {
  return (await buffer(socket).catch(() => Buffer.from('reset'))).toString();
}

it.each([
  ['1', headerV1, '203.0.113.9'],
  ['2', headerV2, '2001:db8::7'],
])('a listed load balancer names the visitor by the PROXY protocol, version %s', async (_, header, ip) => {
  const house = await openHouse(['--proxy-protocol-from', '127.0.0.0/8']);
  const connection = openBehindBalancer(house, header);
  expect((await ask(house, connection)).seen).toMatchObject({ 'x-forwarded-for': ip, 'x-forwarded-proto': 'https' });
  // What was said of the connection holds for all of it.
  expect((await ask(house, connection, { 'x-forwarded-for': '6.6.6.6' })).seen).toMatchObject({
    'x-forwarded-for': ip,
  });
});

it('policies decide on the address that the PROXY header names', async () => {
  const house = await openHouse(['--proxy-protocol-from', '127.0.0.1'], ['--cidr-deny', '203.0.113.0/24']);
  const refused = await ask(house, openBehindBalancer(house, headerV1));
  expect(refused).toMatchObject({ status: 403, code: 'ERR_ADIT_3205' });
  expect(await ask(house, openBehindBalancer(house, headerV2))).toMatchObject({ status: 200 });
});

it('who is listed must send a PROXY header, on both public ports; services have their own listeners without', async () => {
  const house = await openHouse(['--proxy-protocol-from', '127.0.0.1']);
  const { ready } = house.server;
  const { socket: tls } = openBehindBalancer(house, noHeader);
  await vi.waitFor(() => expect(tls.destroyed).toBe(true), { timeout: 15_000 });
  const plain = openTcp(ready.http.port);
  plain.write('GET / HTTP/1.1\r\nHost: api.localhost\r\n\r\n');
  expect(await endOf(plain)).toMatch(/^(|reset)$/);
  const proxied = openTcp(ready.http.port);
  proxied.write(
    Buffer.concat([headerV2, Buffer.from('GET /a HTTP/1.1\r\nHost: api.localhost\r\nConnection: close\r\n\r\n')]),
  );
  expect(await endOf(proxied)).toMatch(/^HTTP\/1\.1 308 [^]*\r\nlocation: https:\/\/api\.localhost:\d+\/a\r\n/i);
  const metrics = await (await fetch(`${ready.operator}/metrics`)).text();
  expect(metrics).toContain('adit_denials_total{reason="connection/proxy-header-invalid"} 2');
});

it('from anybody else the same bytes are no ClientHello and no HTTP', async () => {
  const house = await openHouse(['--proxy-protocol-from', '192.0.2.0/24']);
  const { socket: tls } = openBehindBalancer(house, headerV1);
  await vi.waitFor(() => expect(tls.destroyed).toBe(true), { timeout: 15_000 });
  for (const header of [headerV1, headerV2]) {
    const plain = openTcp(house.server.ready.http.port);
    plain.write(Buffer.concat([header, Buffer.from('GET / HTTP/1.1\r\nHost: a.localhost\r\n\r\n')]));
    expect(await endOf(plain)).toMatch(/^HTTP\/1\.1 400 /);
  }
});

it('a trusted HTTP proxy says who the visitor is, and each visitor on its connection is decided on for himself', async () => {
  const house = await openHouse(['--trusted-proxy', '127.0.0.1'], ['--cidr-deny', '203.0.113.66']);
  const connection = openBehindBalancer(house, noHeader);
  const asked = await ask(house, connection, {
    'x-forwarded-for': '6.6.6.6, 203.0.113.9',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'www.example.com',
    forwarded: 'for=6.6.6.6',
    X_Forwarded_For: '6.6.6.6',
    'x-real-ip': '6.6.6.6',
  });
  expect(asked.seen).toMatchObject({
    'x-forwarded-for': '203.0.113.9, 127.0.0.1',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'www.example.com',
  });
  expect(JSON.stringify(asked.seen)).not.toContain('6.6.6.6');
  const denied = await ask(house, connection, { 'x-forwarded-for': '203.0.113.66' });
  expect(denied).toMatchObject({ status: 403, code: 'ERR_ADIT_3205' });
  expect(await ask(house, connection, { 'x-forwarded-for': '203.0.113.10' })).toMatchObject({ status: 200 });
  expect(await ask(house, connection, { 'x-forwarded-for': '203.0.113.66' })).toMatchObject({ status: 403 });
});

it('[invariant: identity-headers-last] what anybody else says of his way counts for nothing, in Forwarded as well', async () => {
  const house = await openHouse(['--trusted-proxy', '192.0.2.0/24', '--forwarded-header']);
  const { host } = new URL(house.agent.url);
  for (const connection of ['keep-alive', 'keep-alive, x-forwarded-for, forwarded, adit-request-id']) {
    const { seen } = await ask(house, openBehindBalancer(house, noHeader), {
      'x-forwarded-for': '6.6.6.6',
      forwarded: 'for=6.6.6.6;proto=gopher',
      connection,
    });
    expect(seen).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      forwarded: `for=127.0.0.1;proto=https;host="${host}"`,
      'adit-request-id': expect.stringMatching(/^req_/),
    });
    expect(JSON.stringify(seen)).not.toMatch(/6\.6\.6\.6|gopher/);
  }
});

it('lists stand in the configuration file; a load balancer and a proxy before it may be two machines', async () => {
  const file = join(await newDataDir(), 'adit.yml');
  const lines = ['proxy-protocol-from: [127.0.0.1]', 'trusted-proxy:', '  - 203.0.113.9', '  - 10.0.0.0/8'];
  await writeFile(file, `${lines.join('\n')}\nforwarded-header: true\n`);
  const house = await openHouse(['--config', file]);
  const { seen } = await ask(house, openBehindBalancer(house, headerV1), {
    'x-forwarded-for': '2001:db8::9, 10.0.0.7',
  });
  expect(seen['x-forwarded-for']).toBe('2001:db8::9, 10.0.0.7, 203.0.113.9');
  expect(seen['forwarded']).toMatch(/^for="\[2001:db8::9\]", for=10\.0\.0\.7, for=203\.0\.113\.9;proto=https;host="/);
});
