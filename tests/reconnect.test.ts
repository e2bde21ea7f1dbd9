import { expect, it } from 'vitest';
import { startAgent } from './support/agent.ts';
import { firstRunOf, newPlace, startServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { visit } from './support/visitor.ts';

it('after the server was killed and started again the agent serves on the same URL', async () => {
  const place = await newPlace();
  const server = await startServer(place);
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const agent = await startAgent(server, upstream.port, firstRunOf(server));
  await server.process.stop('SIGKILL');
  const again = await startServer(place);
  // Nobody is told that it is offline: who comes before the agent waits for it.
  expect((await visit(again, agent.url)).status).toBe(200);
});

it('a name whose agent hangs is taken over by another agent of the same account, after a probe', async () => {
  const server = await startServer();
  const { authtoken } = firstRunOf(server);
  const first = await startUpstream((_request, response) => response.end('first'));
  const second = await startUpstream((_request, response) => response.end('second'));
  const hanging = await startAgent(server, first.port, { authtoken, args: ['--url', 'shared'] });
  hanging.process.child.kill('SIGSTOP'); // Alive for the kernel, deaf for us: a half-open link.
  const taker = await startAgent(server, second.port, { authtoken, args: ['--url', 'shared'] });
  expect(taker.url).toBe(hanging.url);
  expect((await visit(server, taker.url)).body).toBe('second');
});

it('Ctrl-C takes the endpoint offline at once and exits 0', async () => {
  const server = await startServer();
  const upstream = await startUpstream((_request, response) => response.end('in'));
  const agent = await startAgent(server, upstream.port, firstRunOf(server));
  expect(await agent.process.stop('SIGINT')).toBe(0);
  expect((await visit(server, agent.url)).status).toBe(404);
});
