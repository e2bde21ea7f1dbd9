import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { sampleConnectFacts } from '@adit/policy-kit/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { guardedConnect } from '../../outgoing/guarded-connect.ts';
import { staticLink } from './static-link.ts';

const request = { bindId: 'ep_1', visitor: sampleConnectFacts(), protocol: 'tcp' } as const;

/** A service that says what it was sent, in capitals. */
async function listen(): Promise<number> {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('data', (piece) => socket.write(piece.toString().toUpperCase()));
    socket.on('end', () => socket.end());
  });
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function linkTo(port: number, { host = '127.0.0.1', isAllowed = true, isTls = false } = {}) {
  return staticLink({ host, port, isTls }, guardedConnect({ allowed: { has: () => isAllowed } }));
}

/** What went wrong, or what the service said if nothing did. */
async function failure(link: ReturnType<typeof linkTo>): Promise<unknown> {
  const stream = link.open(request);
  stream.end('let in');
  return await text(stream).catch((error: unknown) => error);
}

test('carries bytes to the service and back, and passes on the end of each side', async () => {
  const stream = linkTo(await listen()).open(request);
  stream.end('hello');
  expect(await text(stream)).toBe('HELLO');
});

test('a service that is not there is one that cannot be reached', async () => {
  const port = await listen();
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: closed } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  expect(closed).not.toBe(port);
  expect(await failure(linkTo(closed))).toMatchObject({ code: 8012 });
});

test.each([
  ['an address', '127.0.0.1'],
  ['a name', 'localhost'],
])('[invariant: fail-closed] %s that is not public is not connected to', async (_, host) => {
  const port = await listen();
  expect(await failure(linkTo(port, { host, isAllowed: false }))).toMatchObject({
    code: 8012,
    cause: { code: 9620 },
  });
});

test('a service that speaks no TLS fails where it should, and gets the visitor’s own as it is', async () => {
  const port = await listen();
  const link = linkTo(port, { host: 'localhost', isTls: true });
  expect(await failure(link)).toMatchObject({ code: 8012 });
  const stream = link.open({ ...request, isPassthrough: true });
  stream.end('as it is');
  expect(await text(stream)).toBe('AS IT IS');
});
