// Wildcard certificates: a real authority looks for the proof at a real name server.
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type PeerCertificate } from 'node:tls';
import { expect, it, type TestContext, vi } from 'vitest';
import { freePorts } from '../packages/server/src/edge/listener/free-ports.testkit.ts';
import { startAgent } from './support/agent.ts';
import { type Knot, startKnot } from './support/knot.ts';
import { type Pebble, startPebble } from './support/pebble.ts';
import { requires } from './support/requires.ts';
import { firstRunOf, newDataDir, startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { visit } from './support/visitor.ts';

const domain = 'adit.test';

interface Place {
  readonly knot: Knot;
  readonly pebble: Pebble;
  start(args: readonly string[], dataDir?: string): Promise<TestServer>;
}

/** A zone in which every name is this machine, an authority that asks there, and servers that it can reach. */
async function open(context: TestContext): Promise<Place> {
  requires(context, ['pebble', 'knotd', 'keymgr']);
  const knot = await startKnot({ zones: { [domain]: ['@ A 127.0.0.1', '* A 127.0.0.1'] } });
  const [https = 0, http = 0] = await freePorts(2);
  const pebble = await startPebble({ tlsPort: https, httpPort: http, dnsServer: knot.address });
  const start = (args: readonly string[], dataDir?: string): Promise<TestServer> =>
    startServer({
      ...(dataDir !== undefined && { dataDir }),
      args: [
        ...['--domain', domain, '--listen', '127.0.0.1', '--tcp-ports', 'none'],
        ...['--https-port', `${https}`, '--http-port', `${http}`, '--dns-resolver', knot.address],
        ...['--acme-email', 'ops@example.com', '--acme-directory', pebble.directoryUrl],
        ...['--acme-ca-file', pebble.caFile, ...args],
      ],
    });
  return { knot, pebble, start };
}

/** Who a client that trusts the roots sees under a name; rejects where they do not fit. */
async function served({ ready }: TestServer, servername: string, ca: string): Promise<PeerCertificate> {
  const socket = connect({ host: '127.0.0.1', port: ready.https.port, servername, ca, ALPNProtocols: ['http/1.1'] });
  await once(socket, 'secureConnect');
  const certificate = socket.getPeerCertificate();
  socket.destroy();
  return certificate;
}

const until = <T>(check: () => Promise<T> | T): Promise<T> => vi.waitFor(check, { timeout: 40_000, interval: 100 });

/** A page of an endpoint, by a client that trusts the authority alone; and nothing is left in the zone. */
async function expectServed({ knot, pebble }: Place, server: TestServer): Promise<void> {
  const ca = await pebble.root();
  const certificate = await until(() => served(server, `api.${domain}`, ca));
  expect(certificate.subjectaltname?.split(', ').sort()).toEqual([`DNS:*.${domain}`, `DNS:${domain}`]);
  const upstream = await startUpstream((_request, response) => response.end('hello'));
  const { authtoken } = firstRunOf(server);
  await startAgent(server, upstream.port, { authtoken, args: ['--url', `https://web.${domain}`] });
  const url = `https://web.${domain}:${server.ready.https.port}/`;
  expect(await until(() => visit({ ca }, url))).toMatchObject({ status: 200, body: 'hello' });
  expect((await served(server, `web.${domain}`, ca)).serialNumber).toBe(certificate.serialNumber);
  expect((await served(server, domain, ca)).serialNumber).toBe(certificate.serialNumber);
  await until(async () => expect(await knot.texts(`_acme-challenge.${domain}`)).toEqual([]));
}

it('one certificate for all names is got by DNS UPDATE', async (context) => {
  const place = await open(context);
  const { knot } = place;
  const server = await place.start(['--acme-dns-server', knot.address, '--acme-dns-key-file', knot.keyFile]);
  await expectServed(place, server);
});

it('one certificate for all names is got by a hook', async (context) => {
  const place = await open(context);
  const dataDir = await newDataDir();
  const hook = join(dataDir, 'hook');
  const knotc = `/usr/sbin/knotc -s ${place.knot.controlSocket}`;
  const script = `#!/bin/sh
set -eu
case $1 in present) change=zone-set ttl=60 ;; remove) change=zone-unset ttl= ;; esac
${knotc} zone-begin ${domain}
${knotc} $change ${domain} "$2." $ttl TXT "$ADIT_DNS_VALUE"
${knotc} zone-commit ${domain}
`;
  await writeFile(hook, script);
  await chmod(hook, 0o700);
  await expectServed(place, await place.start(['--acme-dns-hook', hook], dataDir));
});

it('a name server that refuses is said in the log, with what to do', async (context) => {
  const place = await open(context);
  const other = await startKnot({ zones: { 'other.test': [] } });
  const server = await place.start(['--acme-dns-server', other.address, '--acme-dns-key-file', other.keyFile]);
  const line = await until(() => {
    const found = server.process.stderrLines().find((text) => text.includes('Cannot get a certificate'));
    if (found === undefined) throw new Error('not yet');
    return found;
  });
  expect(JSON.parse(line)).toMatchObject({
    name: `*.${domain}`,
    kind: 'dns',
    reason: `Cannot find the zone of "_acme-challenge.${domain}" at the DNS server "${other.address}": it has no zone of that name. Name the primary server of the zone`,
  });
});
