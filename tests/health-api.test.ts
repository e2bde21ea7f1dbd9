import { expect, it } from 'vitest';
import { freePort } from '../packages/server/src/edge/listener/free-ports.testkit.ts';
import { startAgent } from './support/agent.ts';
import { firstRunOf, startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { callApi, visit } from './support/visitor.ts';

async function healthOf(server: TestServer, url: string): Promise<Record<string, unknown>> {
  const { apiKey } = firstRunOf(server);
  const list = await callApi(server, apiKey, { method: 'GET', path: '/endpoints' });
  const found = (list.json['endpoints'] as { id: string; url: string }[]).find((endpoint) => endpoint.url === url);
  const answer = await callApi(server, apiKey, { method: 'GET', path: `/endpoints/${found?.id}/health` });
  expect(answer.status).toBe(200);
  return answer.json;
}

it('the API tells how an endpoint is: from a probe, and from what visitors met since', async () => {
  const server = await startServer();
  let probes = 0;
  const upstream = await startUpstream((_request, response) => response.end('here'));
  upstream.server.on('connection', () => probes++);
  const agent = await startAgent(server, upstream.port, firstRunOf(server));
  const healthy = { state: 'healthy', upstream: 'ok', last_failure: null, link_ms: expect.any(Number) };
  expect(await healthOf(server, agent.url)).toMatchObject(healthy);
  expect(await healthOf(server, agent.url)).toMatchObject(healthy);
  // The answer may be here before this process has taken the probe's connection.
  await expect.poll(() => probes).toBe(1);
  upstream.server.closeAllConnections();
  await new Promise((resolve) => upstream.server.close(resolve));
  expect(probes).toBe(1);
  expect((await visit(server, agent.url)).status).toBe(502);
  const failure = { error_code: 'ERR_ADIT_8012', at: expect.any(String) };
  expect(await healthOf(server, agent.url)).toMatchObject({ state: 'upstream_refusing', last_failure: failure });
});

it('the API finds an upstream that was never there', async () => {
  const server = await startServer();
  const agent = await startAgent(server, await freePort(), firstRunOf(server));
  expect(await healthOf(server, agent.url)).toMatchObject({ state: 'upstream_refusing', upstream: 'refused' });
});
