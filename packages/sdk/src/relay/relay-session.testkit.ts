import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { MuxStream } from '@adit/wire';
import { onTestFinished } from 'vitest';
import type { ForwardOptions } from '../forward/forward-options.ts';
import type { HandClock } from '../hand-clock.testkit.ts';
import type { AgentSession } from '../session/agent-session.ts';
import { connect } from '../session/connect.ts';
import type { ConnectionEvent } from '../session/session-events.ts';
import { TestServer } from '../test-server.testkit.ts';

/** Nobody listens there, nor gets it by chance, as one that was free a moment ago could be. */
export const unusedPort = 1;

/** A service that treats each connection as told. Its port. */
export async function serve(handle: (socket: Socket) => unknown): Promise<number> {
  const service = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {}); // Broken connections are part of the tests.
    onTestFinished(() => void socket.destroy());
    handle(socket);
  });
  return await portOf(service);
}

export async function portOf(service: Server): Promise<number> {
  await once(service.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void service.close());
  return (service.address() as AddressInfo).port;
}

export interface TestSession {
  readonly server: TestServer;
  readonly session: AgentSession;
  readonly events: ConnectionEvent[];
}

export async function openSession(options: { speaksAdit?: boolean; clock?: HandClock } = {}): Promise<TestSession> {
  const server = await TestServer.start({ speaksAdit: options.speaksAdit ?? true });
  onTestFinished(() => server.close());
  const clock = options.clock ? { clock: options.clock } : {};
  const address = { serverAddr: `localhost:${server.port}`, caPem: server.caPem };
  const session = await connect({ ...address, authtoken: 'adit_at_x', ...clock });
  onTestFinished(() => session.close());
  const events: ConnectionEvent[] = [];
  session.on('connection', (event) => events.push(event));
  return { server, session, events };
}

/** A session with one forward, and a way to visit it. */
export async function openForward(
  options: ForwardOptions,
  sessionOptions: Parameters<typeof openSession>[0] = {},
): Promise<TestSession & { visit(): MuxStream }> {
  const opened = await openSession(sessionOptions);
  const { id } = await opened.session.forward(options);
  return { ...opened, visit: () => opened.server.visit(id) };
}

/** Reads what comes, and answers the code with which it ends. */
export async function resetOf(stream: MuxStream): Promise<number | undefined> {
  stream.resume();
  const [error] = (await once(stream, 'error')) as unknown[];
  return (error as { resetCode?: number }).resetCode;
}
