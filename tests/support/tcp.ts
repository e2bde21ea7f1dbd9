import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A TCP service for this test, on loopback and a port of its own. */
export async function startTcpService(onSocket: (socket: Socket) => void): Promise<{ port: number; server: Server }> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => undefined));
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port };
}

/** Half-open connections are allowed; the test's end destroys it. */
export function openTcp(port: number): Socket {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true }).on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}
