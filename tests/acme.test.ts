// Certificates from an authority, as an operator gets them: real servers, a real authority, real clients that trust it alone.

import { once } from 'node:events';
import { connect, type PeerCertificate } from 'node:tls';
import { expect, it, type TestContext, vi } from 'vitest';
import { startAgent } from './support/agent.ts';
import { freePorts, type Pebble, type PebbleOptions, startPebble } from './support/pebble.ts';
import { requires } from './support/requires.ts';
import { firstRunOf, startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { visit } from './support/visitor.ts';

const domain = 'adit.test';

interface Place {
  readonly pebble: Pebble;
  readonly ports: readonly [https: number, http: number];
  start(options?: {
    dataDir?: string;
    args?: readonly string[];
    env?: Record<string, string>;
    ports?: string[];
  }): Promise<TestServer>;
}

/** An authority, and servers where it looks for names. */
async function open(context: TestContext, options: Partial<PebbleOptions> = {}): Promise<Place> {
  requires(context, ['pebble']);
  const [https = 0, http = 0] = await freePorts(2);
  const pebble = await startPebble({ tlsPort: https, httpPort: http, ...options });
  const acme = [
    '--acme-email',
    'ops@example.com',
    '--acme-directory',
    pebble.directoryUrl,
    '--acme-ca-file',
    pebble.caFile,
  ];
  const base = ['--domain', domain, '--listen', '127.0.0.1', '--tcp-ports', 'none', ...acme];
  const start: Place['start'] = ({ ports = ['--https-port', `${https}`, '--http-port', `${http}`], ...more } = {}) =>
    startServer({ ...more, args: [...base, ...ports, ...(more.args ?? [])] });
  return { pebble, ports: [https, http], start };
}

/** Who a client that trusts the roots sees under a name; rejects where they do not fit. */
async function served(server: TestServer, servername: string, ca: string): Promise<PeerCertificate> {
  const socket = connect({
    host: '127.0.0.1',
    port: server.ready.https.port,
    servername,
    ca,
    ALPNProtocols: ['http/1.1'],
  });
  await once(socket, 'secureConnect');
  const certificate = socket.getPeerCertificate();
  socket.destroy();
  return certificate;
}

const until = <T>(check: () => Promise<T>, timeout = 30_000): Promise<T> =>
  vi.waitFor(check, { timeout, interval: 100 });

/** What the log says of certificates that were issued: how long each took. */
function issued(server: TestServer): { name: string; ms: number }[] {
  const lines = server.process
    .stderr()
    .split('\n')
    .filter((line) => line.includes('Certificate issued'));
  return lines.map((line) => JSON.parse(line) as { name: string; ms: number });
}

it('the console and an endpoint get certificates by TLS-ALPN-01, which clients accept and a restart keeps', async (context) => {
  const { pebble, start } = await open(context);
  const server = await start();
  const ca = await pebble.root();
  for (const name of [domain, `connect.${domain}`, `api.${domain}`]) {
    const certificate = await until(() => served(server, name, ca));
    expect(certificate.subjectaltname).toBe(`DNS:${name}`);
  }
  const upstream = await startUpstream((_request, response) => response.end('hello'));
  const { authtoken } = firstRunOf(server);
  await startAgent(server, upstream.port, { authtoken, args: ['--url', `https://web.${domain}`] });
  const url = `https://web.${domain}:${server.ready.https.port}/`;
  expect(await until(() => visit({ ca }, url))).toMatchObject({ status: 200, body: 'hello' });
  console.info(
    'ms for each certificate:',
    issued(server)
      .map(({ name, ms }) => `${name} ${ms}`)
      .join(', '),
  );
  const before = await served(server, `web.${domain}`, ca);
  await server.process.stop();
  const next = await start({ dataDir: server.dataDir });
  expect((await served(next, `web.${domain}`, ca)).serialNumber).toBe(before.serialNumber);
  expect((await served(next, domain, ca)).subjectaltname).toBe(`DNS:${domain}`);
  expect(issued(next)).toEqual([]);
});
