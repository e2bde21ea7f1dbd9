// Two endpoints of two accounts behind one link, an attacker, and visitors who go on all the while: whatever the attacker
// sends, no upstream finds a request of his that was none, and nobody gets an answer that is not his own.
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { request, startFront, type TestFront } from '../../packages/server/src/edge/http/http-front.testkit.ts';
import { fakeLink, fakeRoute, visitorFacts } from '../../packages/server/src/edge/http/open-front.testkit.ts';
import { nodeHttp } from '../../packages/server/src/edge/http/reference/node-http.testkit.ts';
import { type Attempt, attemptsAgainst, doubleAnswers, marker } from './desync-payloads.ts';
import { answerRequests, readings, readRequests } from './desync-upstream.ts';
import { FramesParty } from './frames-party.ts';
import { parsePattern, patternText } from './pattern.ts';

const hosts = ['app.example.test', 'other.example.test'] as const;
/** 850 of them. */
const attempts = hosts.flatMap((host) => attemptsAgainst(host));

interface Stage {
  readonly front: TestFront;
  readonly h2Port: number;
  /** What each stream of the link was sent. */
  readonly sent: string[];
}

async function setUp(): Promise<Stage> {
  const front = await startFront();
  const sent: string[] = [];
  const link = fakeLink({
    raw(stream) {
      const index = sent.push('') - 1;
      answerRequests(stream, (bytes) => {
        sent[index] += bytes;
      });
    },
  });
  for (const host of hosts) front.publish(fakeRoute(host, { link }));
  return { front, sent, h2Port: await listenForHttp2(front) };
}

/** The same front for visitors whose TLS agreed on HTTP/2. */
async function listenForHttp2({ front }: TestFront): Promise<number> {
  const server = net.createServer({ allowHalfOpen: true }, (socket) =>
    front.accept(socket, { facts: visitorFacts, scheme: 'https', alpn: 'h2', demands: null }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Sends it all and ends; answers what came back until the edge has closed. */
function attack(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
    socket.end(Buffer.from(bytes, 'latin1'));
  });
}

async function attackWithFrames(port: number, frames: readonly string[]): Promise<string> {
  const visitor = new FramesParty(port);
  visitor.sendsFrames(frames, (line) => patternText(parsePattern([line])));
  await visitor.isOverNow(1);
  visitor.leaves();
  await visitor.isClosedNow();
  return '';
}

async function checkVictims({ front }: Stage, agents: readonly http.Agent[], round: number): Promise<void> {
  const answers = await Promise.all(
    hosts.map((host, i) => request(front.port, { host, path: `/victim-${round}`, agent: agents[i] as http.Agent })),
  );
  expect(answers.map(({ body }) => body)).toEqual(hosts.map((host) => `${host} /victim-${round}`));
}

test('[invariant: decide-on-what-is-forwarded] a request hidden in another never arrives, and no answer strays', async () => {
  const stage = await setUp();
  let next = 0;
  const work = async (): Promise<void> => {
    const agents = hosts.map(() => new http.Agent({ keepAlive: true, maxSockets: 1 }));
    for (let i = next++; i < attempts.length; i = next++) await makeAttempt(stage, i, agents);
    for (const agent of agents) agent.destroy();
  };
  await Promise.all(Array.from({ length: 4 }, work));
  checkUpstreams(stage);
  // The attack itself is an ordinary request where its framing is clear: so some of all this did get through.
  expect(stage.sent.filter((bytes) => bytes.includes('/cover')).length).toBeGreaterThan(attempts.length / 20);
  await expect.poll(() => stage.front.grants.size).toBe(0);
});

async function makeAttempt(stage: Stage, index: number, agents: readonly http.Agent[]): Promise<void> {
  const { title, bytes, frames } = attempts[index] as Attempt;
  const [text] = await Promise.all([
    bytes === null ? attackWithFrames(stage.h2Port, frames ?? []) : attack(stage.front.port, bytes),
    checkVictims(stage, agents, index),
  ]);
  expect(text, title).not.toMatch(/victim|example\.test \/marker/);
}

/** However an upstream reads what it was sent, it finds the same requests, and the hidden one is none of them. */
function checkUpstreams({ sent }: Stage): void {
  expect(sent.length).toBeGreaterThan(0);
  for (const bytes of sent) {
    const found = readings.map((reading) => readRequests(bytes, reading).map(({ line }) => line));
    for (const lines of found) {
      expect(lines, bytes.slice(0, 1000)).toEqual(found[0]);
      expect(lines.join('\n'), bytes.slice(0, 1000)).not.toContain(marker);
    }
  }
}

test('a reading that is fooled is noticed: the check of the upstreams can fail', () => {
  const hidden = `GET /${marker} HTTP/1.1\r\nHost: a\r\n\r\n`;
  const head = 'POST / HTTP/1.1\r\nHost: a\r\n';
  for (const bytes of [
    `${head}Content-Length: ${hidden.length + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    `${head}X-A: b\n\n${hidden}`,
    `${head}Content-Length: 0\r\n\r\n${hidden}`,
  ]) {
    expect(() => checkUpstreams({ sent: [bytes] } as unknown as Stage), bytes).toThrow();
  }
});

test.each(['lean', 'node:http'] as const)(
  `on %s, ${doubleAnswers.length * 4} answers with another behind them reach nobody else`,
  async (way) => {
    for (const double of doubleAnswers) {
      for (const method of ['GET', 'HEAD']) {
        for (const isLate of [false, true]) await checkDoubleAnswer({ way, double, method, isLate });
      }
    }
  },
);

async function checkDoubleAnswer(attempt: { way: string; double: string; method: string; isLate: boolean }) {
  const { way, double, method, isLate } = attempt;
  const front = await startFront(way === 'lean' ? {} : { deps: nodeHttp });
  const evil = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil';
  const link = fakeLink({
    raw(stream) {
      stream.on('error', () => {});
      stream.on('data', (chunk: Buffer) => {
        if (chunk.includes('/victim')) return void stream.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine');
        const [own = ''] = double.split('$');
        stream.write(isLate ? own : own + evil);
        if (isLate) setImmediate(() => stream.destroyed || stream.write(evil));
      });
    },
  });
  for (const host of hosts) front.publish(fakeRoute(host, { link }));
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  // It may break: the bytes are bad. What it must not do is to spoil what comes next, on this connection or on another.
  await request(front.port, { agent, method }).catch(() => {});
  const victims = [
    request(front.port, { agent, path: '/victim' }),
    ...hosts.map((host) => request(front.port, { host, path: '/victim' })),
  ];
  for (const victim of victims) expect((await victim).body, JSON.stringify(attempt)).toBe('mine');
  agent.destroy();
}
