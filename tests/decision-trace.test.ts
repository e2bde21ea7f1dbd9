import { expect, it } from 'vitest';
import { forwardWithPolicy } from './support/ngrok-session.ts';
import { firstRunOf, startServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, visit } from './support/visitor.ts';

const policy = `
on_tcp_connect:
  - actions: [{type: restrict-ips, config: {deny: [10.0.0.0/8]}}]
on_http_request:
  - name: no robots
    expressions: ["req.user_agent.contains('bot')"]
    actions: [{type: deny}]
  - name: members
    expressions: ["req.url.path.startsWith('/members')"]
    actions:
      - type: basic-auth
        config: {credentials: ["ann:correct horse"]}
`;

it('the owner of an endpoint looks up why a visitor was refused, by the id on his page', async () => {
  const server = await startServer();
  const upstream = await startUpstream((_, response) => response.end('in'));
  const url = await forwardWithPolicy(server, policy, upstream.port);
  const refused = await visit(server, `${url}/members?token=hush`, { headers: { accept: 'text/html' } });
  const requestId = String(refused.headers['adit-request-id']);
  expect([refused.status, refused.body]).toEqual([401, expect.stringContaining(requestId)]);

  const { apiKey } = firstRunOf(server);
  const { status, body, json } = await callApi(server, apiKey, {
    method: 'GET',
    path: `/decision_traces/${requestId}`,
  });
  expect(status).toBe(200);
  expect(json).toMatchObject({
    ...{ request_id: requestId, endpoint_url: url, client_ip: '127.0.0.1', method: 'GET' },
    ...{ path: '/members', outcome: 'deny', reason: 'basic-auth/missing' },
    rules: [
      {
        phase: 'on_tcp_connect',
        index: 0,
        failed_condition: null,
        actions: [{ type: 'restrict-ips', outcome: 'continue' }],
      },
      { phase: 'on_http_request', index: 0, name: 'no robots', failed_condition: 0, actions: [] },
      { index: 1, name: 'members', actions: [{ type: 'basic-auth', outcome: 'deny', reason: 'basic-auth/missing' }] },
    ],
  });
  expect(body).not.toContain('hush');
  const unknown = await callApi(server, apiKey, { method: 'GET', path: `/decision_traces/${requestId.slice(0, -1)}x` });
  expect(unknown.status).toBe(404);
});
