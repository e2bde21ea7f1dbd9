import { expect, it } from 'vitest';
import { startAgent } from './support/agent.ts';
import { firstRunOf, startServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { visit } from './support/visitor.ts';

it('an endpoint with --cidr-deny refuses the visitor before anything reaches the upstream', async () => {
  const server = await startServer();
  const { authtoken } = firstRunOf(server);
  let reached = 0;
  const upstream = await startUpstream((_request, response) => {
    reached++;
    response.end('in');
  });

  const closed = await startAgent(server, upstream.port, { authtoken, args: ['--cidr-deny', '127.0.0.0/8'] });
  const refused = await visit(server, closed.url, { headers: { accept: 'application/json' } });
  expect(refused.status).toBe(403);
  expect(refused.headers['adit-error-code']).toBe('ERR_ADIT_3205');
  expect(reached).toBe(0);

  const open = await startAgent(server, upstream.port, { authtoken, args: ['--cidr-allow', '127.0.0.1/32'] });
  expect(await visit(server, open.url)).toMatchObject({ status: 200, body: 'in' });
});
