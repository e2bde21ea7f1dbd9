import { Agent, request } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { TestServer } from './server.ts';
import { visitorOptions } from './visitor.ts';

export interface SteadyVisits {
  /** Requests that were answered as they should be. */
  readonly answered: number;
  /** Of them, those that were sent again, as browsers do, because their connection was reset before a byte of an answer. */
  readonly retried: number;
  /** What became of the others, one line each. */
  readonly lost: readonly string[];
  /** The longest wait for an answer, in milliseconds. */
  readonly longestMs: number;
  /** Sends no more and waits for what is under way. */
  stop(): Promise<void>;
}

/**
 * A visitor who asks for the URL again and again, whatever became of the requests before, and expects status 200.
 *
 * @param options.keepAlive Whether connections are used again. Default: each request has one of its own.
 */
export function startSteadyVisits(
  server: Pick<TestServer, 'ca'>,
  url: string,
  options: { everyMs?: number; keepAlive?: boolean } = {},
): SteadyVisits {
  const { everyMs = 10, keepAlive = false } = options;
  const agent = new Agent({ keepAlive, maxSockets: 256 });
  const begunAt = performance.now();
  const lost: string[] = [];
  const underWay = new Set<Promise<void>>();
  const visits = { answered: 0, retried: 0, lost, longestMs: 0, stop };
  const timer = setInterval(() => {
    const visit = once().finally(() => underWay.delete(visit));
    underWay.add(visit);
  }, everyMs);
  onTestFinished(stop);
  return visits;

  async function once(): Promise<void> {
    const startedAt = performance.now();
    try {
      const { status, body } = await askAgainIfReset();
      if (status === 200) visits.answered += 1;
      else lost.push(`${((startedAt - begunAt) / 1_000).toFixed(2)} s: ${status} ${body.split('\n')[0]}`);
    } catch (error) {
      lost.push(`${((startedAt - begunAt) / 1_000).toFixed(2)} s: ${error}`);
    }
    visits.longestMs = Math.max(visits.longestMs, performance.now() - startedAt);
  }

  async function askAgainIfReset(): Promise<{ status: number; body: string }> {
    try {
      return await ask();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
      visits.retried += 1;
      return await ask();
    }
  }

  function ask(): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const sent = request({ ...visitorOptions(server, url), agent, timeout: 30_000 }, (message) => {
        buffer(message).then((body) => resolve({ status: message.statusCode ?? 0, body: body.toString() }), reject);
      });
      sent.on('timeout', () => sent.destroy(new Error('no answer in 30 s')));
      sent.on('error', reject).end();
    });
  }

  async function stop(): Promise<void> {
    clearInterval(timer);
    await Promise.allSettled(underWay);
    agent.destroy();
  }
}
