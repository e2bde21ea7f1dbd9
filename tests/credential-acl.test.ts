import { expect, it } from 'vitest';
import { startAgent } from './support/agent.ts';
import { firstRunOf, startServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, visit } from './support/visitor.ts';

it('[invariant: revoked-means-now] an agent serves what its authtoken’s ACL allows, and nothing more once that changes', async () => {
  const server = await startServer();
  const { apiKey } = firstRunOf(server);
  const body = { acl: ['bind:app.localhost', 'bind:*.app.localhost'] };
  const { json } = await callApi(server, apiKey, { method: 'POST', path: '/credentials', body });
  const authtoken = String(json['token']);
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const args = ['--url', 'https://x.app.localhost'];
  const agent = await startAgent(server, upstream.port, { authtoken, args });
  expect((await visit(server, agent.url)).body).toBe('in');

  const change = { method: 'PATCH', path: `/credentials/${String(json['id'])}`, body: { acl: ['bind:app.localhost'] } };
  expect((await callApi(server, apiKey, change)).status).toBe(200);
  await agent.process.waitFor((line) => (line.includes('ERR_ADIT_316') ? line : undefined));
  expect((await visit(server, agent.url)).body).toContain('ERR_ADIT_9009');
  const other = await startAgent(server, upstream.port, { authtoken, args: ['--url', 'https://app.localhost'] });
  expect((await visit(server, other.url)).body).toBe('in');
});
