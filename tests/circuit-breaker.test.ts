// Only what the service does opens a circuit breaker: not what visitors do, nor other policies.
import { request } from 'node:https';
import { expect, it } from 'vitest';
import { forwardWithPolicy } from './support/ngrok-session.ts';
import { startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { visit, visitorOptions } from './support/visitor.ts';

const breaker =
  '{type: circuit-breaker, config: {volume_threshold: 4, error_threshold: 0.1, window_duration: 2m, tripped_duration: 2m}}';
const policy = `
on_http_request:
  - actions: [${breaker}]
  - expressions: ["req.url.path == '/private'"]
    actions: [{type: basic-auth, config: {credentials: ["ann:correct horse"]}}]
  - expressions: ["req.url.path == '/own'"]
    actions: [{type: custom-response, config: {body: own}}]
on_http_response:
  - expressions: ["req.url.path == '/hidden'"]
    actions: [{type: restrict-ips, config: {deny: [127.0.0.1]}}]
`;

async function serve(server: TestServer) {
  const asked: string[] = [];
  const upstream = await startUpstream((incoming, response) => {
    asked.push(incoming.url ?? '');
    if (incoming.url === '/broken') response.socket?.destroy();
    else if (incoming.url !== '/slow') response.end('answered');
  });
  const url = await forwardWithPolicy(server, policy, upstream.port);
  return { url, asked, statusOf: async (path: string) => (await visit(server, `${url}${path}`)).status };
}

it('visitors whom another policy refuses, and answers of policies or that they withhold, do not open it', async () => {
  const server = await startServer();
  for (const [path, status] of [
    ['/private', 401],
    ['/own', 200],
    ['/hidden', 403],
  ] as const) {
    const { statusOf } = await serve(server);
    for (let i = 0; i < 8; i++) expect(await statusOf(path), path).toBe(status);
    expect(await statusOf('/'), path).toBe(200);
  }
});

it('visitors who leave before there is an answer do not open it, a service that gives none does', async () => {
  const server = await startServer();
  const { url, asked, statusOf } = await serve(server);
  for (let i = 1; i <= 8; i++) {
    const leaving = request(visitorOptions(server, `${url}/slow`)).on('error', () => {});
    leaving.end();
    await expect.poll(() => asked.length).toBe(i);
    leaving.destroy();
  }
  // One after the other: the server has learnt of those who left by the end of it.
  for (let i = 0; i < 8; i++) expect(await statusOf('/')).toBe(200);
  expect(await statusOf('/broken')).toBe(502);
  expect(await statusOf('/')).toBe(503);
});
