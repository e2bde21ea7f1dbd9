// Idle agents, a process of its own: `sessions/main.ts '<SessionsJob as JSON>'` opens so many sessions with a checkout's
// SDK, prints a line, and keeps them until it is ended.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openMany } from '../visitor/crowd.ts';

export interface SessionsJob {
  readonly checkout: string;
  readonly connect: string;
  readonly caFile: string;
  readonly authtoken: string;
  readonly sessions: number;
  /** Endpoints of each. */
  readonly endpoints: number;
}

/** The part of @adit/sdk that is used; which checkout's is decided at run time. */
interface Sdk {
  connect(options: { serverAddr: string; caFile: string; authtoken: string }): Promise<{
    forward(options: { upstream: string; url?: string }): Promise<unknown>;
  }>;
}

const job = JSON.parse(process.argv[2] ?? '') as SessionsJob;
const { connect } = (await import(pathToFileURL(join(job.checkout, 'packages/sdk/src/index.ts')).href)) as Sdk;
await openMany(job.sessions, async () => {
  const session = await connect({ serverAddr: job.connect, caFile: job.caFile, authtoken: job.authtoken });
  for (let count = 0; count < job.endpoints; count++) await session.forward({ upstream: 'http://127.0.0.1:9' });
});
console.log('open');
