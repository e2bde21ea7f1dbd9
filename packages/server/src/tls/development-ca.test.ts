import { once } from 'node:events';
import { type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { connect, createServer, type SecureContext } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { fakeClock } from '../clock/fake-clock.testkit.ts';
import { temporaryDirectory } from '../files/temporary-directory.testkit.ts';
import { createDevelopmentCa, type DevelopmentCaLimits } from './development-ca.ts';

const dayMs = 24 * 3_600_000;

async function developmentCa(
  options: { domain?: string; known?: string[]; wildcards?: string[]; limits?: Partial<DevelopmentCaLimits> } = {},
) {
  const dir = join(await temporaryDirectory(), 'tls');
  // Clients check validity by the machine's clock.
  const clock = fakeClock(Date.now());
  const { domain = 'localhost', known = [], wildcards = [], limits = {} } = options;
  const isOnlineHost = (host: string): boolean => known.includes(host);
  const isKnownHost = (host: string): boolean =>
    isOnlineHost(host) || wildcards.some((wildcard) => host.endsWith(wildcard.slice(1)));
  const source = await createDevelopmentCa({ dir, domain, clock, isKnownHost, isOnlineHost, limits });
  return { clock, source, goOffline: () => void known.splice(0) };
}

/** The names in a certificate, as a client that trusts the CA sees them. */
async function namesIn(context: SecureContext, options: { ca: string; host: string }): Promise<string | undefined> {
  const server: Server = createServer({ SNICallback: (_name, done) => done(null, context) });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ host: '127.0.0.1', port, servername: options.host, ca: options.ca });
  onTestFinished(() => void server.close());
  try {
    await once(client, 'secureConnect');
    return client.getPeerX509Certificate()?.subjectAltName;
  } finally {
    client.destroy();
  }
}

for (const { domain, host } of [
  { domain: 'localhost', host: 'localhost' },
  { domain: 'localhost', host: 'a.localhost' },
  { domain: 'tunnel.example', host: 'tunnel.example' },
  { domain: 'tunnel.example', host: 'a.tunnel.example' },
  { domain: 'tunnel.example', host: 'deep.down.tunnel.example' },
]) {
  test(`a client that trusts the CA of ${domain} accepts ${host}`, async () => {
    const { source } = await developmentCa({ domain, known: [host] });
    const context = await source.contextFor(host);
    const names = await namesIn(context, { ca: source.caPem ?? '', host });
    // And nothing else: who cannot compare addresses with name constraints would refuse a certificate that has some.
    expect(names).toBe(`DNS:${host}`);
  });
}

test('the default certificate is for localhost by name and by address', async () => {
  const { source } = await developmentCa();
  const context = await source.contextFor(null);
  const names = await namesIn(context, { ca: source.caPem ?? '', host: 'localhost' });
  expect(names).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
});

test('the default certificate is there from the start: a herd of agents coming back does not wait while it is made', async () => {
  const { source } = await developmentCa();
  let isServed = false;
  void source.contextFor(null).then(() => (isServed = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isServed).toBe(true);
});

test.each(['a.example.com', 'localhost.example.com', 'notlocalhost', 'unknown.deep.localhost'])(
  '%s, which no name of ours, gets the default certificate',
  async (name) => {
    const { source } = await developmentCa();
    expect(await source.contextFor(name)).toBe(await source.contextFor(null));
  },
);

test('a known name outside the domain gets the default certificate, as the CA may not sign for it', async () => {
  const { source } = await developmentCa({ known: ['a.example.com'] });
  expect(await source.contextFor('a.example.com')).toBe(await source.contextFor(null));
});

test('names that nobody has get certificates at a limited rate, known names at any', async () => {
  const known = ['k1.localhost', 'k2.localhost', 'k3.localhost'];
  const { source, clock } = await developmentCa({ known, limits: { unknownLeavesPerMinute: 2 } });
  const fallback = await source.contextFor(null);
  const isOwn = async (name: string): Promise<boolean> => (await source.contextFor(name)) !== fallback;
  const [u1, u2, u3] = [await isOwn('u1.localhost'), await isOwn('u2.localhost'), await isOwn('u3.localhost')];
  expect([u1, u2, u3]).toEqual([true, true, false]);
  expect(await Promise.all(known.map(isOwn))).toEqual([true, true, true]);
  expect(await isOwn('u1.localhost')).toBe(true);
  clock.advance(30_000);
  expect(await isOwn('u3.localhost')).toBe(true);
});

test.each(['a.app.localhost', 'b.a.app.localhost'])(
  'a client accepts %s, which a wildcard stands for',
  async (host) => {
    const { source } = await developmentCa({ wildcards: ['*.app.localhost'] });
    const names = await namesIn(await source.contextFor(host), { ca: source.caPem ?? '', host });
    expect(names).toBe(`DNS:${host}`);
  },
);

test('names below a wildcard are made at the limited rate and evict no name that is online', async () => {
  const known = ['k.localhost', 'own.app.localhost'];
  const limits = { unknownLeavesPerMinute: 3, maxUnknownLeaves: 1 };
  const { source } = await developmentCa({ known, wildcards: ['*.app.localhost'], limits });
  const fallback = await source.contextFor(null);
  const online = await Promise.all(known.map((name) => source.contextFor(name)));
  const guesses: boolean[] = [];
  for (const label of ['a', 'b', 'c', 'd']) {
    guesses.push((await source.contextFor(`${label}.app.localhost`)) !== fallback);
  }
  expect(guesses).toEqual([true, true, true, false]);
  expect(await Promise.all(known.map((name) => source.contextFor(name)))).toEqual(online);
});

test('a name that went offline keeps the certificate it has', async () => {
  const { source, goOffline } = await developmentCa({ known: ['a.localhost'], limits: { unknownLeavesPerMinute: 0 } });
  const context = await source.contextFor('a.localhost');
  goOffline();
  expect(await source.contextFor('a.localhost')).toBe(context);
});

test('names that nobody has evict each other, never a known name', async () => {
  const { source } = await developmentCa({ known: ['k.localhost'], limits: { maxUnknownLeaves: 1 } });
  const known = await source.contextFor('k.localhost');
  const first = await source.contextFor('u1.localhost');
  await source.contextFor('u2.localhost');
  expect(await source.contextFor('u1.localhost')).not.toBe(first);
  expect(await source.contextFor('k.localhost')).toBe(known);
});

test('certificates are renewed at two thirds of their life, the default one included', async () => {
  const { source, clock } = await developmentCa({ known: ['a.localhost'] });
  const [context, pem] = [await source.contextFor('a.localhost'), await source.certificateFor(null)];
  clock.advance(59 * dayMs);
  expect(await source.contextFor('a.localhost')).toBe(context);
  expect(await source.certificateFor(null)).toBe(pem);
  clock.advance(dayMs);
  expect(await source.contextFor('a.localhost')).not.toBe(context);
  expect(await source.certificateFor(null)).not.toBe(pem);
});
