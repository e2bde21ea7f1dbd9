// Agents behind proxies. The proxies are small ones of our own; CONNECT's is built on the runtime's HTTP server.
import { expect, it, onTestFinished } from 'vitest';
import { startHttpProxy, startSocksProxy } from '../packages/sdk/src/dial/proxy-server.testkit.ts';
import { freePort } from '../packages/server/src/edge/listener/free-ports.testkit.ts';
import { startServer } from './support/server.ts';
import { openSession } from './support/session.ts';
import { startUpstream } from './support/upstream.ts';
import { visit } from './support/visitor.ts';

const cases = (['http', 'socks5'] as const).flatMap((kind) =>
  (['tls', 'websocket'] as const).map((transport) => [kind, transport] as const),
);

it.each(cases)(
  'an agent behind an %s proxy serves over %s, and comes back when the proxy does',
  async (kind, transport) => {
    const server = await startServer();
    const start = kind === 'http' ? startHttpProxy : startSocksProxy;
    const proxy = await start({ login: 'me:s3cret' });
    onTestFinished(() => proxy.close());
    const upstream = await startUpstream((_request, response) => response.end('in'));
    const proxyUrl = `${kind}://me:s3cret@127.0.0.1:${proxy.port}`;
    const { session, next } = await openSession(server, { proxyUrl, transport });
    const { url } = await session.forward({ upstream: String(upstream.port) });
    expect((await visit(server, url)).body).toBe('in');
    const lost = next('reconnecting');
    const online = next('online');
    proxy.cut();
    expect((await lost).error.message).not.toContain('s3cret');
    await online;
    await expect.poll(async () => (await visit(server, url)).body, { timeout: 20_000 }).toBe('in');
    expect(proxy.asked.length).toBe(2);
  },
);

it('a proxy that is not there is told, without its password', async () => {
  const server = await startServer();
  const port = await freePort();
  const session = openSession(server, { proxyUrl: `http://me:s3cret@127.0.0.1:${port}` });
  const message = `Cannot connect through the proxy "http://127.0.0.1:${port}": the connection was refused`;
  await expect(session).rejects.toMatchObject({ code: 9320, message });
});
