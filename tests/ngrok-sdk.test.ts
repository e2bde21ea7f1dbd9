import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { openSession } from './support/ngrok-session.ts';
import { newPlace, startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { openWebSocket, visit, visitorOptions } from './support/visitor.ts';

/** `count` requests, at most 50 at once, each with a connection that is kept alive; answers the bodies. */
async function visitMany(server: TestServer, url: string, count: number): Promise<string[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  onTestFinished(() => agent.destroy());
  const visits = Array.from({ length: count }, async (_, i) => {
    const options = visitorOptions(server, `${url}/${i}`);
    const [answer] = (await once(request({ ...options, agent }).end(), 'response')) as [IncomingMessage];
    return text(answer);
  });
  return Promise.all(visits);
}

it('the unmodified @ngrok/ngrok serves 1,000 requests and a WebSocket, and the same URL again after a restart', async () => {
  const place = await newPlace();
  const server = await startServer(place);
  const upstream = await startUpstream((incoming, response) => response.end(`you asked ${incoming.url}`));
  new WebSocketServer({ server: upstream.server }).on('connection', (socket) =>
    socket.on('message', (data) => socket.send(data)),
  );
  const session = await openSession(server);
  const listener = await session.httpEndpoint().listenAndForward(`http://127.0.0.1:${upstream.port}`);
  const url = listener.url() ?? '';

  const startedAt = performance.now();
  expect(await visitMany(server, url, 1000)).toEqual(Array.from({ length: 1000 }, (_, i) => `you asked /${i}`));
  console.log(`1,000 requests at concurrency 50: ${(performance.now() - startedAt).toFixed(0)} ms`);

  const socket = openWebSocket(server, url);
  await once(socket, 'open');
  socket.send('through');
  const [echo] = (await once(socket, 'message')) as [Buffer];
  expect(echo.toString()).toBe('through');
  socket.terminate();

  expect(await server.process.stop()).toBe(0);
  const stoppedAt = performance.now();
  const again = await startServer(place);
  console.log(`ports back after ${(performance.now() - stoppedAt).toFixed(0)} ms`);
  expect(again.ready.connect).toBe(server.ready.connect);
  // The SDK tries at 0, 0.05 and 2.6 s, then only after two minutes: a machine that is too busy for a start in 2.6 s makes
  // this slow, not wrong.
  await expect
    .poll(async () => (await visit(again, `${url}/again`)).body, { timeout: 150_000, interval: 100 })
    .toBe('you asked /again');
  console.log(`serves again after ${(performance.now() - stoppedAt).toFixed(0)} ms`);
}, 240_000);
