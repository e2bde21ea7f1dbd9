// Certificates from an authority, as an operator gets them: real servers, a real authority, real clients that trust it alone.

import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect, type PeerCertificate } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, type TestContext, vi } from 'vitest';
import { defaultAcmeLimits } from '../packages/server/src/acme/acme-limits.ts';
import { Authority } from '../packages/server/src/acme/authority.ts';
import type { DnsSolver } from '../packages/server/src/acme/dns/dns-solver.ts';
import { Prover } from '../packages/server/src/acme/prover.ts';
import { systemClock as clock } from '../packages/server/src/clock/system-clock.ts';
import { freePorts } from '../packages/server/src/edge/listener/free-ports.testkit.ts';
import {
  isPostgresInstalled,
  type PostgresServer,
  startPostgres,
} from '../packages/server/src/store/postgres/postgres-server.testkit.ts';
import { openSqliteStore } from '../packages/server/src/store/sqlite/open-sqlite-store.ts';
import { openTestSealer } from '../packages/server/src/store/test-sealer.testkit.ts';
import { startAgent } from './support/agent.ts';
import { makePair, type Pebble, type PebbleOptions, startPebble } from './support/pebble.ts';
import { requires } from './support/requires.ts';
import { firstRunOf, newDataDir, startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { visit } from './support/visitor.ts';

const domain = 'adit.test';

interface StartOptions {
  readonly dataDir?: string;
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  /** Default: where the authority looks. */
  readonly ports?: readonly [https: number, http: number];
  /** URLs of directories. Default: pebble's. */
  readonly authorities?: readonly string[];
  /** PEM file. Default: pebble's. */
  readonly roots?: string;
}

interface Place {
  readonly pebble: Pebble;
  readonly ports: readonly [https: number, http: number];
  start(options?: StartOptions): Promise<TestServer>;
}

/** An authority, and servers where it looks for names. */
async function open(context: TestContext, options: Partial<PebbleOptions> = {}): Promise<Place> {
  requires(context, ['pebble']);
  const [https = 0, http = 0] = await freePorts(2);
  const pebble = await startPebble({ tlsPort: https, httpPort: http, ...options });
  const start: Place['start'] = (given = {}) => {
    const { ports = [https, http], authorities = [pebble.directoryUrl], roots = pebble.caFile, ...more } = given;
    const acme = ['--acme-email', 'ops@example.com', '--acme-ca-file', roots];
    for (const url of authorities) acme.push('--acme-directory', url);
    const place = ['--listen', '127.0.0.1', '--https-port', `${ports[0]}`, '--http-port', `${ports[1]}`];
    const args = ['--domain', domain, '--tcp-ports', 'none', ...place, ...acme, ...(more.args ?? [])];
    return startServer({ ...more, args });
  };
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

/** Lines of the log with those words. */
function logged({ process }: TestServer, words: string): string[] {
  return process.stderrLines().filter((line) => line.includes(words));
}

/** What the log says of certificates that were issued: how long each took. */
function issued(server: TestServer): { name: string; ms: number }[] {
  return logged(server, 'Certificate issued').map((line) => JSON.parse(line) as { name: string; ms: number });
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

it('where TLS-ALPN-01 cannot be, a name is proved by HTTP-01; what is no answer of ours goes its ordinary way', async (context) => {
  const [closed = 0] = await freePorts(1);
  const { pebble, start, ports } = await open(context, { tlsPort: closed });
  const server = await start();
  const ca = await pebble.root();
  expect((await until(() => served(server, domain, ca))).subjectaltname).toBe(`DNS:${domain}`);
  const upstream = await startUpstream((request, response) => response.end(`theirs ${request.url}`));
  const { authtoken } = firstRunOf(server);
  await startAgent(server, upstream.port, { authtoken, args: ['--url', `http://plain.${domain}`] });
  const path = '/.well-known/acme-challenge/0123456789-0123456789_0123456789';
  expect(await plainPage(ports[1], `plain.${domain}`, path)).toBe(`theirs ${path}`);
});

/** `fetch` says which host it means by the URL alone. */
async function plainPage(port: number, host: string, path: string): Promise<string> {
  const sent = get({ host: '127.0.0.1', port, path, headers: { host }, agent: false });
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return await text(answer);
}

it('a certificate is replaced before it ends, and the new one is served without a restart', async (context) => {
  const { pebble, start } = await open(context, { validitySeconds: 20 });
  const server = await start();
  const ca = await pebble.root();
  const first = await until(() => served(server, domain, ca));
  const second = await until(async () => {
    const found = await served(server, domain, ca);
    expect(found.serialNumber).not.toBe(first.serialNumber);
    return found;
  });
  expect(Date.parse(second.valid_from)).toBeLessThan(Date.parse(first.valid_to));
});

it('an authority that ties accounts to others is told which by the file', async (context) => {
  const account = { kid: 'kid-1', hmacKey: 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W' };
  const { pebble, start } = await open(context, { externalAccount: account });
  const file = join(await newDataDir(), 'eab.yaml');
  await writeFile(file, `kid: ${account.kid}\nhmac-key: ${account.hmacKey}\n`);
  const server = await start({ args: ['--acme-eab-file', file] });
  const ca = await pebble.root();
  expect((await until(() => served(server, domain, ca))).subjectaltname).toBe(`DNS:${domain}`);
});

it('an authority that has had enough is left for the next one', async (context) => {
  const { pebble, start } = await open(context);
  const busy = await startBusyAuthority();
  const roots = join(await newDataDir(), 'roots.pem');
  await writeFile(roots, busy.ca + pebble.ca);
  const server = await start({ authorities: [busy.url, pebble.directoryUrl], roots });
  const ca = await pebble.root();
  expect((await until(() => served(server, domain, ca))).subjectaltname).toBe(`DNS:${domain}`);
  expect(busy.asked()).toBeGreaterThan(0);
});

it('where the only authority has had enough, the server waits as long as it is told to, and serves what it has', async (context) => {
  const { start } = await open(context);
  const busy = await startBusyAuthority();
  const roots = join(await newDataDir(), 'roots.pem');
  await writeFile(roots, busy.ca);
  const server = await start({ authorities: [busy.url], roots });
  const failure = await until(async () => failures(server).find(({ name }) => name === domain) ?? expect.unreachable());
  expect(failure.kind).toBe('rate-limited');
  expect(Date.parse(failure.retriesAt) - Date.now()).toBeGreaterThan(7_000_000);
  expect((await served(server, domain, server.ca)).subjectaltname).toBe(`DNS:${domain}`);
});

it('while the authority is away the development CA serves; when it is back, certificates come by themselves', {
  timeout: 180_000,
}, async (context) => {
  const { pebble, start } = await open(context);
  await pebble.stop();
  const server = await start();
  const failure = await until(async () => failures(server).find(({ name }) => name === domain) ?? expect.unreachable());
  expect(failure).toMatchObject({ kind: 'unreachable', reason: expect.stringContaining('ECONNREFUSED') as unknown });
  expect((await served(server, domain, server.ca)).subjectaltname).toBe(`DNS:${domain}`);
  await pebble.start();
  const ca = await pebble.root();
  expect((await until(() => served(server, domain, ca), 120_000)).subjectaltname).toBe(`DNS:${domain}`);
});

describe.skipIf(!isPostgresInstalled)('two servers with one database', () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.close());

  it('share certificates, and one answers what the other ordered', async (context) => {
    const { pebble, start } = await open(context);
    const env = { ADIT_DATABASE_URL: postgres.url(await postgres.createDatabase()) };
    // The secrets key is theirs together.
    const secrets = { ...env, ADIT_SECRETS_KEY: randomBytes(32).toString('base64url') };
    const one = await start({ env: secrets });
    const ca = await pebble.root();
    const first = await until(() => served(one, domain, ca));
    const two = await start({ env: secrets, ports: [0, 0] });
    expect((await served(two, domain, ca)).serialNumber).toBe(first.serialNumber);
    const upstream = await startUpstream((_request, response) => response.end('hello'));
    const { authtoken } = firstRunOf(one);
    // The authority looks at one; two, where the endpoint is, orders.
    await startAgent(two, upstream.port, { authtoken, args: ['--url', `https://web.${domain}`] });
    const web = await until(() => served(two, `web.${domain}`, ca));
    // What it says may come after what it does.
    await expect.poll(() => issued(two).map(({ name }) => name)).toEqual([`web.${domain}`]);
    expect((await until(() => served(one, `web.${domain}`, ca))).serialNumber).toBe(web.serialNumber);
    expect(new Set(issued(one).map(({ name }) => name)).size).toBe(issued(one).length);
  });
});

/** What the log says of orders that failed. */
function failures(server: TestServer): { name: string; kind: string; reason: string; retriesAt: string }[] {
  return logged(server, 'Cannot get a certificate').map(
    (line) => JSON.parse(line) as ReturnType<typeof failures>[number],
  );
}

/** An authority whose every answer is that there were too many before, and to come again in two hours. */
async function startBusyAuthority(): Promise<{ url: string; ca: string; asked(): number }> {
  const pair = await makePair();
  let asked = 0;
  const server = createServer({ cert: pair.cert, key: pair.key }, (_request, response) => {
    asked += 1;
    response.writeHead(429, { 'retry-after': '7200', 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ type: 'urn:ietf:params:acme:error:rateLimited', detail: 'too many' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `https://localhost:${(server.address() as AddressInfo).port}/dir`, ca: pair.ca, asked: () => asked };
}

it('a wildcard is proved in the DNS, and serves every name below the domain', async (context) => {
  requires(context, ['pebble']);
  const [tlsPort = 0, httpPort = 0] = await freePorts(2);
  const pebble = await startPebble({ tlsPort, httpPort });
  const dir = await newDataDir();
  const store = await openSqliteStore({ dataDir: join(dir, 'data'), clock, openSealer: openTestSealer });
  onTestFinished(() => store.close());
  const dns: DnsSolver = {
    present: async ({ name, value }) => void pebble.texts.set(name, [...(pebble.texts.get(name) ?? []), value]),
    remove: async ({ name, value }) =>
      void pebble.texts.set(
        name,
        (pebble.texts.get(name) ?? []).filter((one) => one !== value),
      ),
  };
  const account = { directoryUrl: pebble.directoryUrl, email: 'ops@example.com', externalAccount: undefined };
  const authority = new Authority({
    ...account,
    roots: pebble.ca,
    userAgent: 'test',
    store,
    clock,
    limits: defaultAcmeLimits,
  });
  onTestFinished(() => authority.close());
  const prover = new Prover({ store, clock, dns }, Date.now() + 60_000);
  const names = [domain, `*.${domain}`];
  const { signal } = new AbortController();
  const pem = await authority.issue({ names, keyType: 'rsa', proof: 'dns-01' }, { prover, signal });
  const certificate = new X509Certificate(pem.cert);
  expect(certificate.subjectAltName).toBe(names.map((name) => `DNS:${name}`).join(', '));
  expect([certificate.publicKey.asymmetricKeyType, certificate.checkPrivateKey(createPrivateKey(pem.key))]).toEqual([
    'rsa',
    true,
  ]);
  expect(pebble.texts.get(`_acme-challenge.${domain}`)?.length).toBeGreaterThan(0);
  await prover.cleanUp();
  expect(pebble.texts.get(`_acme-challenge.${domain}`)).toEqual([]);
});
