// The agent protocol where only HTTPS passes: the same bytes in binary WebSocket messages (RFC 6455). The edge brings the
// requests, as to any service; who the agent is, and what it may, is decided in links/agent.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import { transportLimits } from './transport-limits.ts';

export interface WebSocketDoorOptions {
  /** Takes a connection that speaks `adit/1`; owns it from here on. Its memory must not be used again after a write. */
  accept(stream: Duplex, remoteAddress: string): void;
}

/** `adit/1`, which is no word that Sec-WebSocket-Protocol may have. */
const subprotocol = 'adit.1';

/** An HTTP server for a local link, which need not listen: it upgrades agents at `/` and tells everybody else what it is. */
export function createWebSocketDoor({ accept }: WebSocketDoorOptions): Server {
  const { maxMessageBytes: maxPayload, requestTimeoutMs } = transportLimits;
  const door = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload,
    handleProtocols: () => subprotocol,
  });
  const server = createServer({ requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs }, answerOther);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = refusalOf(request);
    if (refusal) return refuse(socket, refusal);
    door.handleUpgrade(request, socket, head, (webSocket) => {
      accept(binaryStream(webSocket), request.socket.remoteAddress ?? '');
    });
  });
  return server;
}

/** The bytes inside of the messages. Closing either ends both. */
function binaryStream(webSocket: WebSocket): Duplex {
  const stream = createWebSocketStream(webSocket);
  webSocket.on('message', (_data, isBinary) => isBinary || webSocket.close(1003, 'binary messages only'));
  return stream;
}

function refusalOf({ url, headers }: IncomingMessage): string | undefined {
  if (url !== '/') return '404 Not Found';
  // No page has anything to say here, and its visitors' addresses are not its own.
  if (headers.origin !== undefined) return '403 Forbidden';
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((word) => word.trim());
  return offered.includes(subprotocol) ? undefined : '400 Bad Request';
}

function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => {}).end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function answerOther(_request: IncomingMessage, response: ServerResponse): void {
  const headers = { connection: 'Upgrade', upgrade: 'websocket', 'content-type': 'text/plain; charset=utf-8' };
  response.writeHead(426, headers).end('Agents connect here. Start one with: adit http <port>\n');
}
