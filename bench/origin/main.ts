// The service behind every setup, a process of its own. Prints its port. `GET /<n>` answers n bytes, a POST is read to
// its end first unless its path is /paused, and a WebSocket gets every message back.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

const chunk = Buffer.alloc(64 * 1024, 'y');
const echo = new WebSocketServer({ noServer: true });

// A visitor that stays idle for minutes must not be cut by the origin.
const server = createServer({ keepAliveTimeout: 600_000, requestTimeout: 0 }, (request, response) => {
  if (request.method !== 'POST') return answer(Number(request.url?.slice(1)), response);
  if (request.url === '/paused') return void request.pause();
  read(request, () => answer(Number(request.url?.slice(1)), response));
});
server.on('upgrade', (request, socket, head) => {
  echo.handleUpgrade(request, socket, head, (webSocket) => {
    webSocket.on('message', (data, isBinary) => webSocket.send(data, { binary: isBinary }));
  });
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  console.log((server.address() as AddressInfo).port);
});

function read(request: IncomingMessage, done: () => void): void {
  request.on('data', () => {}).on('end', done);
}

function answer(bytes: number, response: ServerResponse): void {
  response.writeHead(200, { 'content-length': bytes });
  let left = bytes;
  const fill = (): void => {
    while (left > chunk.length) {
      left -= chunk.length;
      if (!response.write(chunk)) return void response.once('drain', fill);
    }
    response.end(chunk.subarray(0, left));
  };
  fill();
}
