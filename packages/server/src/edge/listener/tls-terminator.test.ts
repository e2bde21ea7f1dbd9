import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { connect, createSecureContext } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import type { CertificateSource } from '../../domain/certificates.ts';
import { temporaryDirectory } from '../../files/temporary-directory.testkit.ts';
import { createDevelopmentCa } from '../../tls/development-ca.ts';
import { defaultListenerLimits } from './listener-limits.ts';
import { peekClientHello } from './peek.ts';
import { TlsTerminator } from './tls-terminator.ts';

/** The server's side of the connections of so many clients, whose hello has been read. */
async function clients(count: number, ca: string): Promise<Socket[]> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const secureContext = createSecureContext({ ca });
  const dialled = Array.from({ length: count }, () =>
    connect({ port, host: '127.0.0.1', servername: 'localhost', secureContext }).on('error', () => {}),
  );
  onTestFinished(() => {
    server.close();
    for (const socket of [...dialled, ...sockets]) socket.destroy();
  });
  while (sockets.length < count) await once(server, 'connection');
  const limits = { clock: fakeClock(), limits: defaultListenerLimits };
  await Promise.all(sockets.map((socket) => peekClientHello(socket, limits)));
  return sockets;
}

test('handshakes that could begin all at once begin a few in each turn of the loop, and all of them', async () => {
  const known = { isKnownHost: () => true, isOnlineHost: () => true };
  const dir = await temporaryDirectory();
  const ca = await createDevelopmentCa({ dir, domain: 'localhost', clock: fakeClock(Date.now()), ...known });
  let [inThisTurn, most] = [0, 0];
  const certificates: CertificateSource = {
    ...{ caFile: null, caPem: null, close: () => {}, certificateFor: (name) => ca.certificateFor(name) },
    // TLS asks in the middle of each handshake.
    contextFor(name) {
      most = Math.max(most, ++inThisTurn);
      return ca.contextFor(name);
    },
  };
  const terminator = new TlsTerminator(certificates, { alpnProtocols: [], handshakesPerTurn: 2, clock: fakeClock() });
  const sockets = await clients(9, ca.caPem ?? '');
  let next = setImmediate(function look() {
    inThisTurn = 0;
    next = setImmediate(look);
  });
  onTestFinished(() => clearImmediate(next));
  const ended = await Promise.all(sockets.map((socket) => terminator.handshake(socket, true)));
  expect(ended.map((socket) => socket.encrypted)).toEqual(ended.map(() => true));
  expect(most).toBe(2);
});
