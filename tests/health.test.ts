import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../packages/server/src/edge/listener/free-ports.testkit.ts';
import { startAgent } from './support/agent.ts';
import { firstRunOf, startServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { type Answer, visit } from './support/visitor.ts';

async function listen(server: Server): Promise<Server> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return server;
}

/** What a visitor is told: code, status, and what the owner can do. */
function told({ status, headers, body }: Answer): { status: number; code: unknown; ownerHelp: string } {
  return { status, code: headers['adit-error-code'], ownerHelp: body };
}

const offline = { status: 404, code: 'ERR_ADIT_3200', ownerHelp: expect.stringContaining('Start its agent') };
const refusing = {
  status: 502,
  code: 'ERR_ADIT_8012',
  ownerHelp: expect.stringContaining('Check that the service runs on the port that the agent forwards to.'),
};
const lost = {
  status: 502,
  code: 'ERR_ADIT_9005',
  ownerHelp: expect.stringContaining('check that its agent still runs'),
};
const slow = { status: 504, code: 'ERR_ADIT_9001', ownerHelp: expect.stringContaining('why the service is slow') };

it('a visitor of an endpoint whose agent stopped is told that it is offline', async () => {
  const server = await startServer();
  const upstream = await startUpstream((_request, response) => response.end('here'));
  const agent = await startAgent(server, upstream.port, firstRunOf(server));
  expect((await visit(server, agent.url)).body).toBe('here');
  await agent.process.stop();
  expect(told(await visit(server, agent.url))).toEqual(offline);
});

it('a visitor of a service that is not there is told so, and the agent says it in its log', async () => {
  const server = await startServer();
  const agent = await startAgent(server, await freePort(), firstRunOf(server));
  expect(told(await visit(server, agent.url))).toEqual(refusing);
  const line = await agent.process.waitFor((text) => (text.includes('upstream failed') ? text : undefined));
  expect(JSON.parse(line)).toMatchObject({ lvl: 'warn', url: agent.url, code: 'ERR_ADIT_8012' });
});

it('a visitor whose agent is killed while he waits is told that the connection was lost', async () => {
  const server = await startServer();
  const arrived = Promise.withResolvers<void>();
  const upstream = await startUpstream(() => arrived.resolve());
  const agent = await startAgent(server, upstream.port, firstRunOf(server));
  const answer = visit(server, agent.url);
  await arrived.promise;
  await agent.process.stop('SIGKILL');
  expect(told(await answer)).toEqual(lost);
});

it('a visitor of a service that takes connections and shakes no hands is told that it is slow', async () => {
  const server = await startServer();
  // It takes connections and says nothing: TLS with it is never ready.
  const hanging = await listen(createServer((socket) => void socket.on('error', () => {}).resume()));
  const { port } = hanging.address() as { port: number };
  const agent = await startAgent(server, `https://localhost:${port}`, firstRunOf(server));
  expect(told(await visit(server, agent.url))).toEqual(slow);
}, 60_000);
