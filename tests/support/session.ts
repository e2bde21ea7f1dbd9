import { type AgentSession, type ConnectOptions, connect, type SessionStatus } from '@adit/sdk';
import { onTestFinished } from 'vitest';
import { firstRunOf, type TestServer } from './server.ts';

export interface TestSession {
  readonly session: AgentSession;
  /** The next status of that kind from now on. */
  next<State extends SessionStatus['state']>(state: State): Promise<Extract<SessionStatus, { state: State }>>;
}

/** A session of our SDK in this process; it is closed when the test ends. */
export async function openSession(server: TestServer, changes: Partial<ConnectOptions> = {}): Promise<TestSession> {
  const session = await connect({
    ...{ serverAddr: server.ready.connect, authtoken: changes.authtoken ?? firstRunOf(server).authtoken },
    ...{ caPem: server.ca },
    ...changes,
  });
  onTestFinished(() => session.close());
  const next = <State extends SessionStatus['state']>(state: State) => {
    const { promise, resolve } = Promise.withResolvers<Extract<SessionStatus, { state: State }>>();
    const look = (status: SessionStatus): void => {
      if (status.state !== state) return;
      session.off('status', look);
      resolve(status as Extract<SessionStatus, { state: State }>);
    };
    session.on('status', look);
    return promise;
  };
  return { session, next };
}
