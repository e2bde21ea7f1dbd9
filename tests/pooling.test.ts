import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openSession } from './support/ngrok-session.ts';
import { firstRunOf, startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { type Answer, visit } from './support/visitor.ts';

const script = new URL('./support/ngrok-agent.ts', import.meta.url).pathname;
const host = 'pool.localhost';

interface Member {
  readonly url: string;
  readonly agent: ChildProcess;
  /** Requests for `/held`, which get no answer before the test says so. */
  readonly held: ServerResponse[];
}

/** One member of the pool: an agent in a process of its own, and its service, which answers with its name. */
async function startMember(server: TestServer, name: string): Promise<Member> {
  const held: ServerResponse[] = [];
  const upstream = await startUpstream((incoming, answer) => {
    if (incoming.url === '/held') held.push(answer);
    else answer.end(name);
  });
  const { connect, caFile } = server.ready;
  const agent = spawn(process.execPath, [script, connect, caFile, host, String(upstream.port)], {
    env: { ...process.env, TEST_AUTHTOKEN: firstRunOf(server).authtoken },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(agent, 'close');
  onTestFinished(async () => {
    agent.kill('SIGKILL');
    await ended;
  });
  const [url] = (await once(createInterface({ input: agent.stdout }), 'line')) as [string];
  return { url, agent, held };
}

/** So many requests at once, each on a connection of its own; one that fails answers null. */
function visitTimes(server: TestServer, url: string, count: number): Promise<(Answer | null)[]> {
  return Promise.all(Array.from({ length: count }, () => visit(server, url).catch(() => null)));
}

const bodies = (answers: (Answer | null)[]): Set<string> => new Set(answers.map((answer) => answer?.body ?? 'nothing'));

it('two agents serve one URL; a member that is killed loses only its own requests', async () => {
  const server = await startServer();
  const [one, two] = await Promise.all([startMember(server, 'one'), startMember(server, 'two')]);
  expect([one.url, two.url]).toEqual(Array(2).fill(`https://${host}:${server.ready.https.port}`));
  // That one of two gets none of 40 happens once in 10¹².
  expect(bodies(await visitTimes(server, one.url, 40))).toEqual(new Set(['one', 'two']));

  const waiting = visitTimes(server, `${one.url}/held`, 40);
  await vi.waitFor(() => expect(one.held.length + two.held.length).toBe(40), { timeout: 20_000 });
  const ownRequests = one.held.length;
  one.agent.kill('SIGKILL');
  await once(one.agent, 'close');
  // At once, and with those of the other still waiting.
  await vi.waitFor(async () => expect(bodies(await visitTimes(server, one.url, 10))).toEqual(new Set(['two'])), {
    timeout: 15_000,
  });
  for (const answer of two.held) answer.end('two, late');
  const answers = await waiting;
  expect(answers.filter((answer) => answer?.body === 'two, late')).toHaveLength(40 - ownRequests);
  expect(answers.filter((answer) => answer?.status === 502)).toHaveLength(ownRequests);
});

it('a URL is shared only by those who all want it', async () => {
  const server = await startServer();
  const upstream = await startUpstream((_, answer) => void answer.end('alone'));
  const [first, second] = [await openSession(server), await openSession(server)];
  const forward = `http://127.0.0.1:${upstream.port}`;
  await first.httpEndpoint().domain(host).listenAndForward(forward);
  const sharing = second.httpEndpoint().domain(host).poolingEnabled(true).listenAndForward(forward);
  await expect(sharing).rejects.toThrowError(/ERR_NGROK_334/);
});
