import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@adit/sdk';
import { demoPage } from './demo-page.ts';

/** The small service that a first `npm start` exposes: it shows the visitor what reached it. */
export async function startDemoService(): Promise<{ port: number; close(): void }> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => closeNow(server) };
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const path = new URL(request.url ?? '/', 'http://demo').pathname;
  if (path === '/clock') return streamClock(response);
  if (path !== '/') return send(response, 404, ['text/plain', 'There is only one page here: /\n']);
  if (request.headers.accept?.includes('text/html')) return send(response, 200, ['text/html', demoPage(request)]);
  send(response, 200, ['text/plain', `It works: ${request.method} ${request.url} reached the demo service.\n`]);
}

function send(response: ServerResponse, status: number, [type, body]: readonly [string, string]): void {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8` }).end(body);
}

/** One event a second: shows that answers stream through the tunnel. Ends with the visitor. */
function streamClock(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  let cancel = (): void => undefined;
  const tick = (): void => {
    response.write(`data: ${new Date(systemClock.now()).toISOString().slice(11, 19)} UTC\n\n`);
    cancel = systemClock.after(1000, tick);
  };
  tick();
  response.on('close', () => cancel());
}

function closeNow(server: Server): void {
  server.close();
  server.closeAllConnections();
}
