import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startAgent } from './support/agent.ts';
import { makePair } from './support/own-certificate.ts';
import { run } from './support/program.ts';
import { firstRunOf, newDataDir, startServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi } from './support/visitor.ts';

const example = fileURLToPath(new URL('../examples/official-api-client.ts', import.meta.url));
const toured = [
  ...['apiKeys', 'credentials', 'sshCredentials', 'botUsers', 'reservedDomains', 'reservedAddrs', 'agentIngresses'],
  ...['ipPolicies', 'ipPolicyRules', 'eventDestinations', 'eventSubscriptions'],
];
const ofEdges = [
  ...['tunnelGroupBackends', 'httpResponseBackends', 'staticBackends', 'failoverBackends'],
  ...['edgesHttps', 'edgesTcp', 'edgesTls'],
];
const uploaded = ['tlsCertificates', 'certificateAuthorities'];

it('the official API client makes, reads, pages, changes and deletes one of each resource', async (context) => {
  const server = await startServer();
  const { apiKey, authtoken } = firstRunOf(server);
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const agent = await startAgent(server, upstream.port, { authtoken, args: ['--url', 'https://app.localhost'] });
  const rule = { actions: [{ type: 'deny' }] };
  const kept = { url: 'https://kept.localhost', traffic_policy: JSON.stringify({ on_http_request: [rule] }) };
  // This release of the client reads endpoints and makes none.
  const cloud = await callApi(server, apiKey, { method: 'POST', path: '/endpoints', body: kept });
  const pair = await makePair(context, 'shop.example.com');
  const dir = await newDataDir();
  const [certFile, keyFile] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
  await writeFile(certFile, pair.cert);
  await writeFile(keyFile, pair.key);
  const words = [process.execPath, example, server.ready.api, certFile, keyFile, server.ready.caFile];
  const { code, stdout, stderr } = await run(words, {
    env: { ADIT_API_KEY: apiKey, NODE_EXTRA_CA_CERTS: server.ready.caFile },
  });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const done = (name: string) => `${name}: made, read, listed, changed, deleted`;
  expect(stdout.trim().split('\n')).toEqual([
    ...toured.map(done),
    'eventSources: b.v0, b.v0 left',
    ...ofEdges.map(done),
    'route: /shop to bkdtg without ["x-secret"]',
    ...uploaded.map(done),
    `endpoint: ${String(cloud.json['url'])}`,
    `endpoint: ${agent.url}`,
    `tunnel: ${agent.url}`,
    expect.stringMatching(/^session: of an agent \S+$/),
  ]);
});
