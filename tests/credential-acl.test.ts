import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startAgent } from './support/agent.ts';
import { firstRunOf, newDataDir, startServer } from './support/server.ts';
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
  await expect.poll(async () => (await visit(server, agent.url)).body).toContain('ERR_ADIT_9009');
  await agent.process.waitFor((line) => (line.includes('ERR_ADIT_316') ? line : undefined));
  expect((await visit(server, agent.url)).body).toContain('ERR_ADIT_9009');
  const other = await startAgent(server, upstream.port, { authtoken, args: ['--url', 'https://app.localhost'] });
  expect((await visit(server, other.url)).body).toBe('in');
});

it('[invariant: no-secret-leaves] policies read secrets of the account for agents of those who may write, and as long as they may', async () => {
  const server = await startServer();
  const { apiKey } = firstRunOf(server);
  const make = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const { status, json } = await callApi(server, apiKey, { method: 'POST', path, body });
    expect([status, json['msg']]).toEqual([201, undefined]);
    return json;
  };
  const vault = await make('/vaults', { name: 'web' });
  await make('/vault_secrets', { name: 'key', value: 'the value', vault_id: vault['id'] });
  const body = "${secrets . get('web', 'key')}";
  const policy = { on_http_request: [{ actions: [{ type: 'custom-response', config: { status_code: 200, body } }] }] };
  const file = join(await newDataDir(), 'policy.json');
  await writeFile(file, JSON.stringify(policy));
  const bot = await make('/service_users', { name: 'bot' });
  const tokenOf = async (acl: string[]) => String((await make('/credentials', { owner_id: bot['id'], acl }))['token']);
  const [any, one, allowed] = [
    await tokenOf([]),
    await tokenOf(['bind:*.app.localhost']),
    await tokenOf(['bind:*.app.localhost', 'secrets:*']),
  ];
  const starting = (name: string, authtoken: string) =>
    startAgent(server, 1, {
      authtoken,
      args: ['--url', `https://${name}.app.localhost`, '--traffic-policy-file', file],
    });
  await expect(starting('b', one)).rejects.toThrow('ERR_ADIT_9410');
  const agents = [await starting('a', any), await starting('c', allowed)];
  for (const { url } of agents) expect((await visit(server, url)).body).toBe('the value');

  const change = {
    method: 'PATCH',
    path: `/service_users/${String(bot['id'])}`,
    body: { roles: { developer: 'read_only' } },
  };
  expect((await callApi(server, apiKey, change)).status).toBe(200);
  for (const { url, process } of agents) {
    await process.waitFor((line) => (line.includes('ERR_ADIT_9410') ? line : undefined));
    expect((await visit(server, url)).body).not.toContain('the value');
  }
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
