import { onTestFinished } from 'vitest';
import { type AditProcess, startAdit } from './process.ts';
import type { TestServer } from './server.ts';

export interface TestAgent {
  readonly process: AditProcess;
  /** The public URL. */
  readonly url: string;
}

/** Starts `adit http <upstream>`, `adit tcp` or `adit tls`, against the server; resolves once the endpoint is online. */
export async function startAgent(
  server: TestServer,
  upstream: string | number,
  options: {
    authtoken: string;
    args?: readonly string[];
    command?: 'http' | 'tcp' | 'tls';
    env?: Record<string, string>;
  },
): Promise<TestAgent> {
  const connection = ['--connect-url', server.ready.connect, '--connect-cas', server.caFile];
  const agent = startAdit([options.command ?? 'http', String(upstream), ...connection, ...(options.args ?? [])], {
    ADIT_AUTHTOKEN: options.authtoken,
    ...options.env,
  });
  onTestFinished(async () => {
    await agent.stop('SIGKILL');
  });
  return { process: agent, url: await agent.waitFor(startedUrl) };
}

function startedUrl(line: string): string | undefined {
  const entry = JSON.parse(line) as { msg?: string; url?: string };
  return entry.msg === 'started tunnel' ? entry.url : undefined;
}
