import { readFile } from 'node:fs/promises';
import ngrok, { type Session, type SessionBuilder } from '@ngrok/ngrok';
import { onTestFinished } from 'vitest';
import { firstRunOf, type TestServer } from './server.ts';

/** A session of the unmodified `@ngrok/ngrok`; it is closed when the test ends. */
export async function openSession(
  server: TestServer,
  configure: (builder: SessionBuilder) => SessionBuilder = (builder) => builder,
): Promise<Session> {
  const builder = new ngrok.SessionBuilder()
    .authtoken(firstRunOf(server).authtoken)
    .serverAddr(server.ready.connect)
    .caCert(await readFile(server.ready.caFile));
  const session = await configure(builder).connect();
  // Its server may be gone by then, and it says so.
  onTestFinished(() => session.close().catch(() => {}));
  return session;
}

/** An https endpoint with these rules before a service on this port; answers its URL. It is closed when the test ends. */
export async function forwardWithPolicy(server: TestServer, trafficPolicy: string, port: number): Promise<string> {
  const session = await openSession(server);
  const listener = await session
    .httpEndpoint()
    .trafficPolicy(trafficPolicy)
    .listenAndForward(`http://127.0.0.1:${port}`);
  onTestFinished(() => listener.close().catch(() => {}));
  return String(listener.url());
}
