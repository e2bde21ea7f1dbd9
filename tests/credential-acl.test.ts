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
  await expect.poll(async () => (await visit(server, agent.url)).body, { timeout: 10_000 }).toContain('ERR_ADIT_9009');
  await agent.process.waitFor((line) => (line.includes('ERR_ADIT_316') ? line : undefined));
  expect((await visit(server, agent.url)).body).toContain('ERR_ADIT_9009');
  const other = await startAgent(server, upstream.port, { authtoken, args: ['--url', 'https://app.localhost'] });
  expect((await visit(server, other.url)).body).toBe('in');
});

it('an agent serves only with the policies that its authtoken requires, whoever started it', async () => {
  const server = await startServer();
  const { apiKey } = firstRunOf(server);
  const body = { acl: ['require:restrict-ips {"allow":["127.0.0.0/8"]}'] };
  const unknown = { method: 'POST', path: '/credentials', body: { acl: ['require:restrict-ip'] } };
  expect((await callApi(server, apiKey, unknown)).json).toMatchObject({ error_code: 'ERR_ADIT_600' });
  const { json } = await callApi(server, apiKey, { method: 'POST', path: '/credentials', body });
  const authtoken = String(json['token']);
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const starting = (...args: string[]) => startAgent(server, upstream.port, { authtoken, args });

  await expect(starting()).rejects.toThrow('requires restrict-ips {"allow":["127.0.0.0/8"]}\nAdd the actions');
  await expect(starting('--cidr-allow', '0.0.0.0/0')).rejects.toThrow('ERR_ADIT_9409');
  const agent = await starting('--cidr-allow', '127.0.0.0/8');
  expect((await visit(server, agent.url)).body).toBe('in');

  const acl = [...body.acl, 'require:basic-auth'];
  await callApi(server, apiKey, { method: 'PATCH', path: `/credentials/${String(json['id'])}`, body: { acl } });
  await agent.process.waitFor((line) => (line.includes('ERR_ADIT_9409') ? line : undefined));
  expect((await visit(server, agent.url)).body).toContain('ERR_ADIT_9009');
});
