import { duplexPair } from 'node:stream';
import {
  aditProfile,
  answerHeartbeat,
  type MuxProfile,
  MuxSession,
  type MuxStream,
  ngrokProfile,
  readMessage,
  reply,
  StreamReset,
  streamTypes,
} from '@adit/wire';
import { expect, onTestFinished, test } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import { AgentStream } from './agent-stream.ts';
import { defaultUpstreamProbeLimits as limits } from './upstream-probe-limits.ts';
import { HealthRegister } from './upstream-probe-register.ts';

interface AgentBehaviour {
  profile: MuxProfile;
  /** False: half-dead, heartbeats are not answered. */
  beats: boolean;
  /** What it answers to a probe; undefined: it does not know the question; null: nothing, ever. */
  answer: object | null | undefined;
}

/** A register over a session with an agent that behaves as told. */
function start(change: Partial<AgentBehaviour> = {}) {
  const behaviour = { profile: aditProfile, beats: true, answer: { State: 'ok', Milliseconds: 3 }, ...change };
  const clock = fakeClock();
  const asked: unknown[] = [];
  const beats = { count: 0 };
  const serve = async (stream: MuxStream): Promise<void> => {
    stream.on('error', () => {});
    if (stream.type === streamTypes.heartbeat) {
      beats.count++;
      if (behaviour.beats) answerHeartbeat(stream);
      return;
    }
    if (stream.type !== streamTypes.upstreamProbe) return;
    asked.push(await readMessage(stream));
    if (behaviour.answer === undefined) stream.reset(5);
    else if (behaviour.answer !== null) reply(stream, behaviour.answer);
  };
  const [left, right] = duplexPair();
  const shared = { profile: behaviour.profile, timer: clock, onClose: () => {} };
  const session = new MuxSession(left, { ...shared, role: 'server', onStream: () => {} });
  const agent = new MuxSession(right, { ...shared, role: 'client', onStream: (stream) => void serve(stream) });
  onTestFinished(() => [session, agent].forEach((one) => one.destroy()));
  const register = new HealthRegister(session, { profile: behaviour.profile, clock, limits });
  /** A visitor's connection that ends as told. */
  const visit = async (end: { reset?: number; hasAnswer?: boolean }, bindId = 'ep_1') => {
    const stream = session.prepare(streamTypes.proxy, AgentStream);
    stream.own({ tellsFailures: true, onFirstByte: () => {}, onGone: () => {} });
    stream.on('error', () => {});
    register.watch(bindId, stream);
    stream.open(Buffer.alloc(0));
    if (end.hasAnswer) stream.push(Buffer.from('HTTP/1.1 200'));
    stream.destroy(end.reset === undefined ? undefined : new StreamReset(end.reset));
    await settle();
  };
  const check = (bindId = 'ep_1') => register.check({ bindId, proxyProtocol: 0 });
  return { behaviour, clock, session, agent, register, asked, beats, visit, check };
}

const settle = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
};

test.each([
  [{ State: 'ok', Milliseconds: 3 }, 'healthy', 'ok'],
  [{ State: 'ok', Milliseconds: limits.slowMs + 1 }, 'upstream_slow', 'ok'],
  [{ State: 'timeout', Milliseconds: 5_000 }, 'upstream_slow', 'timeout'],
  [{ State: 'refused', Milliseconds: 0 }, 'upstream_refusing', 'refused'],
  [{ State: 'unreachable', Milliseconds: 0 }, 'upstream_refusing', 'unreachable'],
  [{ State: 'tls', Milliseconds: 0 }, 'upstream_refusing', 'tls'],
  [{ State: 'unknownBind', Milliseconds: 0 }, 'link_down', 'unknownBind'],
])('check() reads an answer %j as %s', async (answer, state, upstream) => {
  const { check } = start({ answer });
  expect(await check()).toMatchObject({
    state,
    upstream,
    upstreamMs: answer.Milliseconds,
    linkMs: 0,
    lastFailure: null,
  });
});

test.each([
  ['does not know the question', undefined],
  ['answers nonsense', { State: 'purple' }],
  ['refuses', { Error: 'no' }],
])('check() knows of an agent that %s that it is alive, and no more', async (_what, answer) => {
  const { check } = start({ answer });
  expect(await check()).toMatchObject({ state: 'agent_alive', upstream: 'unknown', upstreamMs: null, linkMs: 0 });
});

test('check() waits for an agent that never answers the question for a while only', async () => {
  const { check, clock, asked } = start({ answer: null });
  const checking = check();
  await expect.poll(() => asked).toHaveLength(1);
  clock.advance(limits.timeoutMs);
  expect(await checking).toMatchObject({ state: 'agent_alive', upstream: 'unknown' });
});

test('check() never asks an agent of another dialect about its upstream', async () => {
  const { check, asked, beats } = start({ profile: ngrokProfile });
  expect(await check()).toMatchObject({ state: 'agent_alive', upstream: 'unknown' });
  expect([asked, beats.count]).toEqual([[], 1]);
});

test('check() finds a half-dead agent, and does not ask it any more', async () => {
  const { check, clock, asked, beats } = start({ beats: false });
  const checking = check();
  await expect.poll(() => beats.count).toBe(1);
  clock.advance(limits.linkTimeoutMs);
  expect(await checking).toMatchObject({ state: 'link_down', linkMs: null, upstream: 'unknown' });
  expect(asked).toEqual([]);
});

test('check() finds a session that is over', async () => {
  const { check, session } = start();
  session.destroy();
  expect(await check()).toMatchObject({ state: 'link_down' });
});

test('check() probes once in its time, however often and by however many it is asked, each endpoint for itself', async () => {
  const { check, clock, asked, beats } = start();
  await Promise.all([check(), check(), check()]);
  clock.advance(limits.intervalMs - 1);
  await check();
  expect([asked, beats.count]).toEqual([[{ Id: 'ep_1', ProxyProto: 0 }], 1]);
  await check('ep_2');
  expect(asked).toHaveLength(2);
  clock.advance(1);
  await check();
  expect(asked).toHaveLength(3);
});

test.each([
  [0x20, 8012, 'upstream_refusing'],
  [0x21, 9001, 'upstream_slow'],
  [11, 3200, 'link_down'],
])('check() believes a visitor who met reset %i since the last probe', async (reset, code, state) => {
  const { check, clock, visit } = start();
  await check();
  clock.advance(10);
  await visit({ reset });
  expect(await check()).toMatchObject({ state, upstream: 'ok', lastFailure: { code, atMs: clock.now() } });
});

test('check() believes a newer probe more than a visitor, and remembers the failure', async () => {
  const { check, clock, visit } = start();
  await visit({ reset: 0x20 });
  const atMs = clock.now();
  clock.advance(limits.intervalMs);
  expect(await check()).toMatchObject({ state: 'healthy', lastFailure: { code: 8012, atMs } });
});

test('check() takes what visitors met where the agent cannot be asked', async () => {
  const { check, clock, visit } = start({ profile: ngrokProfile });
  await visit({ reset: 0x20 });
  clock.advance(limits.intervalMs);
  expect(await check()).toMatchObject({ state: 'upstream_refusing' });
  await visit({ hasAnswer: true });
  clock.advance(limits.intervalMs);
  expect(await check()).toMatchObject({ state: 'healthy', lastFailure: { code: 8012 } });
});

test.each([
  ['broke off in its answer', { reset: 7, hasAnswer: true }, 'healthy', 9005],
  ['was reset without a reason', { reset: 7 }, 'agent_alive', 9005],
  ['left', {}, 'agent_alive', undefined],
])('check() does not call an upstream unreachable because a connection %s', async (_what, end, state, code) => {
  const { check, visit } = start({ profile: ngrokProfile });
  await visit(end);
  const health = await check();
  expect([health.state, health.lastFailure?.code]).toEqual([state, code]);
});

test('forget() drops what is known of a bind, also when a connection of it ends later', async () => {
  const { check, register, visit, asked } = start();
  await visit({ reset: 0x20 });
  await check();
  register.forget('ep_1');
  expect(await check()).toMatchObject({ state: 'healthy', lastFailure: null });
  expect(asked).toHaveLength(2);
});
