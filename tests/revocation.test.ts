import { once } from 'node:events';
import { expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { startAgent } from './support/agent.ts';
import { firstRunOf, startServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, openWebSocket, visit } from './support/visitor.ts';

it('[invariant: revoked-means-now] revoking an authtoken closes its live WebSocket and takes its endpoint offline', async () => {
  const server = await startServer();
  const { apiKey } = firstRunOf(server);
  const created = await callApi(server, apiKey, {
    method: 'POST',
    path: '/credentials',
    body: { description: 'laptop' },
  });
  expect(created.status).toBe(201);
  const upstream = await startUpstream((_request, response) => response.end('in'));
  new WebSocketServer({ server: upstream.server }).on('connection', (socket) =>
    socket.on('message', (data) => socket.send(data)),
  );
  const agent = await startAgent(server, upstream.port, { authtoken: String(created.json['token']) });

  const socket = openWebSocket(server, agent.url);
  await once(socket, 'open');
  socket.send('still here');
  const [echo] = (await once(socket, 'message')) as [Buffer];
  expect(echo.toString()).toBe('still here');

  const closed = once(socket, 'close');
  const revokedAt = performance.now();
  const revoked = await callApi(server, apiKey, {
    method: 'DELETE',
    path: `/credentials/${String(created.json['id'])}`,
  });
  expect(revoked.status).toBe(204);
  await closed;
  // The design's bound is 2 s on one node; the number itself goes to the log of the run.
  expect(performance.now() - revokedAt).toBeLessThan(2000);
  console.log(`revoked → WebSocket closed: ${(performance.now() - revokedAt).toFixed(1)} ms`);
  expect((await visit(server, agent.url)).status).toBe(404);
});
