import { once } from 'node:events';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, connect as dialTcp, type Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { createServer as createTlsServer, connect as dialTls } from 'node:tls';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import { makeTestCertificate } from '../test-ca.testkit.ts';
import type { TestServer } from '../test-server.testkit.ts';

export interface WebSocketFront {
  readonly port: number;
  readonly caPem: string;
  /** Of agents, now and before. */
  readonly webSockets: WebSocket[];
  /** Cuts every connection, without a word. */
  cut(): void;
  close(): void;
}

/** An HTTPS server that knows no `adit/1`, and carries WebSockets to a server that does. @param status Other than 101: refuses. */
export async function startWebSocketFront(behind: TestServer, status = 101): Promise<WebSocketFront> {
  const tls = await (certificate ??= makeTestCertificate());
  const server = createServer({ ...tls, ALPNProtocols: ['http/1.1'] });
  const webSockets: WebSocket[] = [];
  const streams = new Set<Duplex>();
  const door = new WebSocketServer({ noServer: true });
  server.on('tlsClientError', () => {}); // What clients refuse is tested at the clients.
  server.on('upgrade', (request, socket, head) => {
    if (status !== 101) return void socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
    door.handleUpgrade(request, socket, head, (webSocket) => {
      webSockets.push(webSocket);
      streams.add(socket);
      const onward = dialTls({
        port: behind.port,
        ca: behind.caPem,
        ALPNProtocols: ['adit/1'],
        servername: 'localhost',
      });
      carry(createWebSocketStream(webSocket), onward);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const cut = () => {
    for (const stream of streams) stream.destroy();
  };
  const close = () => {
    server.close();
    server.closeAllConnections();
    cut();
  };
  return { port: (server.address() as AddressInfo).port, caPem: tls.caPem, webSockets, cut, close };
}

/** Somebody who ends TLS with the front's certificate, names no protocol and says nothing. */
export async function startSilentTls(): Promise<{ readonly port: number; close(): void }> {
  const sockets: Duplex[] = [];
  const server = createTlsServer(await (certificate ??= makeTestCertificate()), (socket) => {
    sockets.push(socket.on('error', () => {}));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: (server.address() as AddressInfo).port, close };
}

/** A middlebox that resets connections which offer the agent protocol, and carries all others. */
export async function startResettingMiddlebox(
  port: number,
): Promise<{ readonly port: number; readonly resets: () => number; close(): void }> {
  let resets = 0;
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.once('data', (hello) => {
      if (hello.includes('adit/1')) {
        resets += 1;
        socket.resetAndDestroy();
        return;
      }
      const onward = dialTcp(port, '127.0.0.1');
      onward.write(hello);
      carry(socket, onward);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: (server.address() as AddressInfo).port, resets: () => resets, close };
}

function carry(one: Duplex, other: Duplex): void {
  pipeline(one, other, () => {});
  pipeline(other, one, () => {});
}

let certificate: ReturnType<typeof makeTestCertificate> | undefined;
