import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { AditError } from '@adit/contracts';
import { createWebSocketStream, WebSocket } from 'ws';
import { connectLimits } from './connect-limits.ts';
import type { ServerAddress } from './server-address.ts';

/** The agent protocol as `adit/1`, which is no word that Sec-WebSocket-Protocol may have (RFC 6455 §4.1). */
const webSocketProtocol = 'adit.1';

/**
 * Turns a TLS connection into the byte stream inside of binary messages (RFC 6455), at the server's path `/`. The stream
 * owns the connection; without its opening the caller still does.
 *
 * @throws {AditError} 9303: the server does not speak it there. The connection's error.
 */
export function openWebSocket(connection: TLSSocket, server: ServerAddress): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  const socket = new PieceSocket(`wss://${server.text}/`, webSocketProtocol, {
    createConnection: () => connection,
    perMessageDeflate: false,
    maxPayload: connectLimits.maxWebSocketMessageBytes,
  });
  // At once: what the server sends first may come together with its answer.
  const stream = createWebSocketStream(socket);
  socket.on('message', (_data, isBinary) => isBinary || socket.close(1003, 'binary messages only'));
  socket.once('unexpected-response', (_request, answer: IncomingMessage) => {
    const why = `it answered ${answer.statusCode} to a WebSocket`;
    connection.destroy();
    reject(new AditError(9303, `Cannot connect to "${server.text}": ${why}`));
  });
  stream.on('error', reject);
  socket.once('open', () => resolve(stream));
  return promise;
}

/** Sends no message larger than the server takes; messages mean nothing to the bytes in them. */
class PieceSocket extends WebSocket {
  override send(bytes: Buffer, onSent?: unknown): void {
    const size = connectLimits.maxWebSocketSendBytes;
    let start = 0;
    for (; bytes.length - start > size; start += size) super.send(bytes.subarray(start, start + size));
    super.send(bytes.subarray(start), onSent as (error?: Error) => void);
  }
}
