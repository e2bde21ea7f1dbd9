import { expect, it } from 'vitest';
import { openSession } from './support/ngrok-session.ts';
import { startServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { visit } from './support/visitor.ts';

it('a wildcard serves every name below it, and a name of its own goes before', async () => {
  const server = await startServer();
  const wild = await startUpstream((incoming, answer) => void answer.end(`wild ${incoming.headers.host}`));
  const own = await startUpstream((incoming, answer) => void answer.end(`own ${incoming.headers.host}`));
  const session = await openSession(server);
  const listener = await session
    .httpEndpoint()
    .domain('*.app.localhost')
    .listenAndForward(`http://127.0.0.1:${wild.port}`);
  const { port } = server.ready.https;
  expect(listener.url()).toBe(`https://*.app.localhost:${port}`);
  const bodyOf = async (name: string): Promise<string> => (await visit(server, `https://${name}:${port}/`)).body;

  // `visit` verifies certificates, so each of these names has one.
  for (const name of ['a.app.localhost', 'b.a.app.localhost', 'one.two.three.app.localhost']) {
    expect(await bodyOf(name)).toBe(`wild ${name}:${port}`);
  }
  const exact = await session.httpEndpoint().domain('a.app.localhost').listenAndForward(`http://127.0.0.1:${own.port}`);
  expect(await bodyOf('a.app.localhost')).toBe(`own a.app.localhost:${port}`);
  expect(await bodyOf('b.a.app.localhost')).toBe(`wild b.a.app.localhost:${port}`);
  await exact.close();
  await expect.poll(() => bodyOf('a.app.localhost')).toBe(`wild a.app.localhost:${port}`);

  const { status, headers } = await visit(server, `https://app.localhost:${port}/`);
  expect([status, headers['adit-error-code']]).toEqual([404, 'ERR_ADIT_3200']);
});

it('the most specific wildcard serves', async () => {
  const server = await startServer();
  const session = await openSession(server);
  for (const name of ['app.localhost', 'inner.app.localhost']) {
    const upstream = await startUpstream((_, answer) => void answer.end(name));
    await session.httpEndpoint().domain(`*.${name}`).listenAndForward(`http://127.0.0.1:${upstream.port}`);
  }
  const bodyOf = async (name: string): Promise<string> =>
    (await visit(server, `https://${name}:${server.ready.https.port}/`)).body;
  expect(await bodyOf('a.app.localhost')).toBe('app.localhost');
  expect(await bodyOf('inner.app.localhost')).toBe('app.localhost');
  expect(await bodyOf('a.inner.app.localhost')).toBe('inner.app.localhost');
});
