import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startAgent } from './support/agent.ts';
import type { ClientSaw } from './support/ngrok-api-client.ts';
import { makePair } from './support/own-certificate.ts';
import { run } from './support/program.ts';
import { firstRunOf, startServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';

const client = fileURLToPath(new URL('./support/ngrok-api-client.ts', import.meta.url));

it('the official API client makes, reads, pages, changes and deletes one of each resource', async (context) => {
  const server = await startServer();
  const { apiKey, authtoken } = firstRunOf(server);
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const agent = await startAgent(server, upstream.port, { authtoken, args: ['--url', 'https://app.localhost'] });
  const { cert, key } = await makePair(context, 'shop.example.com');
  const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJcxNTY0ODI1MzQ1NjQ4MjUzNDU2NDgyNTM0NTY0ODI1 laptop';
  const bodies = {
    ipPolicies: { description: 'office', metadata: '{}' },
    ipPolicyRules: { cidr: '192.0.2.0/24', action: 'allow' },
    reservedDomains: { domain: 'shop.localhost' },
    reservedAddrs: { description: 'database' },
    agentIngresses: { domain: 'connect.example.com' },
    tlsCertificates: { certificatePem: String(cert), privateKeyPem: String(key) },
    certificateAuthorities: { caPem: server.ca },
    eventDestinations: { format: 'json', target: { datadog: { apiKey: 'the key', service: 'web' } } },
    sshCredentials: { publicKey, acl: ['bind:*'] },
    credentials: { description: 'laptop', acl: ['bind:*.localhost'] },
    apiKeys: { description: 'ci' },
  };
  const { code, stdout, stderr } = await run([process.execPath, client, server.ready.api, JSON.stringify(bodies)], {
    env: { API_KEY: apiKey, NODE_EXTRA_CA_CERTS: server.ready.caFile },
  });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const { saw, endpoints, sessions } = JSON.parse(stdout) as {
    saw: Record<string, ClientSaw>;
    endpoints: unknown[];
    sessions: unknown[];
  };
  expect(Object.keys(saw)).toEqual(Object.keys(bodies));
  for (const [name, { made, ...rest }] of Object.entries(saw)) {
    const done = { isSame: true, isListed: true, changed: 'changed', deleted: 'SyntaxError', gone: 'ERR_ADIT_9101' };
    expect([name, rest]).toEqual([name, done]);
    expect(made['hasToken']).toBe(['credentials', 'apiKeys'].includes(name));
  }
  expect(endpoints).toEqual([expect.objectContaining({ url: agent.url, proto: 'https' })]);
  expect(sessions).toHaveLength(1);
});
