import { readFile } from 'node:fs/promises';
import ngrok, { type Session } from '@ngrok/ngrok';
import { onTestFinished } from 'vitest';
import { firstRunOf, type TestServer } from './server.ts';

/** A session of the unmodified `@ngrok/ngrok`; it is closed when the test ends. */
export async function openSession(server: TestServer): Promise<Session> {
  const session = await new ngrok.SessionBuilder()
    .authtoken(firstRunOf(server).authtoken)
    .serverAddr(server.ready.connect)
    .caCert(await readFile(server.ready.caFile))
    .connect();
  onTestFinished(() => session.close());
  return session;
}
