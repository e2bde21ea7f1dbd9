import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { connect, createServer, type Server, type TLSSocket } from 'node:tls';
import { connect as connectAdit, type ForwardOptions } from '@adit/sdk';
import ngrok from '@ngrok/ngrok';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LabelledScheme } from '../packages/server/src/domain/endpoint.ts';
import {
  principals,
  startWorld,
  type TestWorld,
  tokens,
} from '../packages/server/src/links/agent/test-agent.testkit.ts';
import { makeAuthority, makeLeaf } from '../packages/server/src/tls/issue.ts';
import { ngrokProfile } from '../packages/wire/src/index.ts';
import { openSession } from './support/ngrok-session.ts';
import { firstRunOf, newPlace, startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi } from './support/visitor.ts';

const labels = { app: 'shop', zone: 'a' };

async function tunnelsOf(server: TestServer, apiKey: string): Promise<Record<string, unknown>[]> {
  const { json } = await callApi(server, apiKey, { method: 'GET', path: '/tunnels' });
  return json['tunnels'] as Record<string, unknown>[];
}

describe('a labelled listener of the unmodified @ngrok/ngrok', () => {
  it('is shown as a tunnel, not as an endpoint, and is gone when it is closed', async () => {
    const server = await startServer();
    const { apiKey } = firstRunOf(server);
    const session = await openSession(server);
    const builder = session.labeledListener().label('app', 'shop').label('zone', 'a').metadata('mine');
    const listener = await builder.listenAndForward('http://127.0.0.1:1');
    expect(listener.labels()).toEqual(labels);
    const [tunnel, ...others] = await tunnelsOf(server, apiKey);
    expect(others).toEqual([]);
    expect(tunnel).toMatchObject({
      ...{ id: listener.id().replace(/^ep_/, 'tn_'), labels, metadata: 'mine' },
      ...{ public_url: '', proto: '', endpoint: null, backends: [] },
    });
    const listed = await callApi(server, apiKey, { method: 'GET', path: '/endpoints' });
    expect(listed.json).toMatchObject({ endpoints: [] });
    await listener.close();
    expect(await tunnelsOf(server, apiKey)).toEqual([]);
  });

  it('is there once, under a new id, when its server was away', async () => {
    const place = await newPlace();
    const server = await startServer(place);
    const { apiKey } = firstRunOf(server);
    const session = await openSession(server);
    const listener = await session.labeledListener().label('app', 'shop').listen();
    const [before] = await tunnelsOf(server, apiKey);
    expect(before?.['id']).toBe(listener.id().replace(/^ep_/, 'tn_'));
    expect(await server.process.stop()).toBe(0);
    const again = await startServer(place);
    // The third try of the SDK comes after two minutes, should the machine be too busy for the second.
    await expect.poll(async () => (await tunnelsOf(again, apiKey)).length, { timeout: 150_000, interval: 100 }).toBe(1);
    const [after] = await tunnelsOf(again, apiKey);
    expect(after).toMatchObject({ labels: { app: 'shop' }, public_url: '' });
    expect(after?.['id']).not.toBe(before?.['id']);
  }, 240_000);

  it('is told why its credential may not have it', async () => {
    const server = await startServer();
    const { apiKey } = firstRunOf(server);
    const open = async (acl: string[]) => {
      const made = await callApi(server, apiKey, { method: 'POST', path: '/credentials', body: { acl } });
      const session = await openSession(server, (builder) => builder.authtoken(String(made.json['token'])));
      return await session.labeledListener().label('app', 'shop').listen();
    };
    await expect(open(['bind:app=other'])).rejects.toThrow(/ERR_NGROK_399/);
    await expect(open(['require:restrict-ips'])).rejects.toThrow(/requires restrict-ips.*to the edge/s);
    expect((await open(['bind:app=*'])).labels()).toEqual({ app: 'shop' });
  });
});

/** The agent side of a server alone: what an edge does here the test does. */
describe('visitors of a labelled listener', () => {
  interface Agents {
    readonly world: TestWorld;
    /** A connection of a visitor, as an edge for that scheme opens it. */
    visit(scheme: LabelledScheme, options?: { isPassthrough?: boolean; asked?: Record<string, string> }): Duplex;
  }

  const facts = {
    clientIp: '203.0.113.9',
    clientPort: 51_234,
    serverIp: '192.0.2.1',
    serverPort: 443,
    serverName: null,
  };

  /** Of the unmodified SDK. */
  const byNgrok =
    (open: (session: ngrok.Session) => Promise<unknown>) =>
    async ({ serverAddr, ca }: { serverAddr: string; ca: string }) => {
      const builder = new ngrok.SessionBuilder().authtoken(tokens.ours).caCert(Buffer.from(ca));
      const session = await builder.serverAddr(serverAddr).connect();
      onTestFinished(() => session.close().catch(() => {}));
      await open(session);
    };

  /** Of our SDK. */
  const byAdit =
    (options: Omit<ForwardOptions, 'labels'>) =>
    async ({ serverAddr, ca }: { serverAddr: string; ca: string }) => {
      const session = await connectAdit({ serverAddr, authtoken: tokens.ours, caPem: ca });
      onTestFinished(() => session.close());
      await session.forward({ ...options, labels: { app: 'shop' } });
    };

  async function startAgents(open: (to: { serverAddr: string; ca: string }) => Promise<unknown>): Promise<Agents> {
    const world = startWorld();
    const { ca, server } = await startTlsServer((socket) =>
      world.sessions.accept(socket, { remoteAddress: '127.0.0.1', profile: ngrokProfile }),
    );
    await open({ serverAddr: `localhost:${portOf(server)}`, ca });
    return {
      world,
      visit(scheme, { isPassthrough = false, asked = { app: 'shop' } } = {}) {
        const [route] = world.directory.findLabelled(principals.ours.accountId, scheme, asked);
        if (!route) throw new Error('There is no route');
        const { bindId, endpoint, link } = route;
        const stream = link.open({ bindId, visitor: facts, protocol: endpoint.scheme, isPassthrough });
        return stream.on('error', () => {}); // Its agent goes when the test ends.
      },
    };
  }

  it('reach its HTTP service, request after request', async () => {
    const upstream = await startUpstream((incoming, answer) => answer.end(`${incoming.headers.host}${incoming.url}`));
    const { visit } = await startAgents(
      byNgrok((session) =>
        session
          .labeledListener()
          .label('app', 'shop')
          .label('zone', 'a')
          .listenAndForward(`http://127.0.0.1:${upstream.port}`),
      ),
    );
    const stream = visit('https');
    stream.write('GET /one HTTP/1.1\r\nHost: shop.example\r\n\r\n');
    stream.end('GET /two HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n');
    expect(await text(stream)).toMatch(/^HTTP\/1.1 200 OK[^]*shop.example\/one[^]*shop.example\/two$/);
    expect(() => visit('https', { asked: { app: 'shop', zone: 'b' } })).toThrow('There is no route');
  });

  it('reach its TCP service', async () => {
    const upstream = createTcpServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    onTestFinished(() => void upstream.close());
    const { visit } = await startAgents(
      byNgrok((session) =>
        session
          .labeledListener()
          .label('app', 'shop')
          .listenAndForward(`tcp://127.0.0.1:${portOf(upstream)}`),
      ),
    );
    const stream = visit('tcp');
    stream.end('ping');
    expect(await text(stream)).toBe('ping');
  });

  const byBoth = {
    'the unmodified SDK': (upstream: string) =>
      byNgrok((session) =>
        session.labeledListener().label('app', 'shop').verifyUpstreamTls(false).listenAndForward(upstream),
      ),
    'our SDK': (upstream: string) => byAdit({ upstream }),
  };

  it.each([
    ['the unmodified SDK', false],
    ['the unmodified SDK', true],
    ['our SDK', false],
    ['our SDK', true],
  ] as const)('reach its TLS service by %s, with their own TLS: %s', async (sdk, isPassthrough) => {
    const { ca, server } = await startTlsServer((socket) => socket.on('error', () => {}).pipe(socket));
    const { visit } = await startAgents(byBoth[sdk](`tls://127.0.0.1:${portOf(server)}`));
    const stream = visit('tls', { isPassthrough });
    const visitor = isPassthrough ? connect({ socket: stream, servername: 'localhost', ca }) : stream;
    visitor.end('ping');
    expect(await text(visitor)).toBe('ping');
  });

  it('have their TLS ended by the agent that is told to, and do not come without it', async () => {
    const upstream = await startUpstream((_request, response) => response.end('in'));
    const { ca, cert: certificate, key: privateKey } = await makeCertificate();
    const options = { upstream: `http://127.0.0.1:${upstream.port}`, tlsTermination: { certificate, privateKey } };
    const { visit } = await startAgents(byAdit(options));
    const socket = visit('tls', { isPassthrough: true });
    const visitor = connect({ socket, servername: 'localhost', ca }).on('error', () => {}); // As above.
    visitor.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    expect(await text(visitor)).toMatch(/^HTTP\/1.1 200 OK[^]*in/);
    const plain = visit('https');
    plain.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    expect(await text(plain).catch(() => 'cut')).not.toContain('200');
  });
});

async function makeCertificate(): Promise<{ ca: string; cert: string; key: string }> {
  const nowMs = Date.now();
  const { cert, key } = await makeAuthority(['localhost'], nowMs);
  const notAfterMs = Date.parse(new X509Certificate(cert).validTo);
  const leaf = await makeLeaf({ cert, key: createPrivateKey(key), notAfterMs }, { names: ['localhost'], nowMs });
  return { ca: cert, ...leaf };
}

async function startTlsServer(onConnection: (socket: TLSSocket) => void): Promise<{ ca: string; server: Server }> {
  const { ca, cert, key } = await makeCertificate();
  const server = createServer({ cert, key, allowHalfOpen: true }, onConnection).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { ca, server };
}

function portOf(server: { address(): AddressInfo | string | null }): number {
  return (server.address() as AddressInfo).port;
}
