// What a machine does to a session: it sleeps, stops the process, sets its clock.
import { afterEach, expect, test } from 'vitest';
import { type HandClock, handClock } from '../hand-clock.testkit.ts';
import { TestServer } from '../test-server.testkit.ts';
import type { AgentSession } from './agent-session.ts';
import { type ConnectOptions, connect } from './connect.ts';
import type { SessionStatus } from './session-events.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Machine {
  readonly server: TestServer;
  readonly session: AgentSession;
  readonly clock: HandClock;
  /** The time of day goes on, timers do not. */
  sleep(ms: number): void;
  next(state: SessionStatus['state']): Promise<SessionStatus>;
}

async function start(changes: Partial<ConnectOptions> = {}): Promise<Machine> {
  const server = await TestServer.start();
  cleanUps.push(() => server.close());
  const clock = handClock();
  let asleepMs = 0;
  const session = await connect({
    ...{ serverAddr: `localhost:${server.port}`, authtoken: 'adit_at_x', caPem: server.caPem },
    ...{ clock, timeOfDay: () => clock.now() + asleepMs, random: () => 1 },
    ...changes,
  });
  cleanUps.push(() => session.close());
  const next = (state: SessionStatus['state']) =>
    new Promise<SessionStatus>((resolve) => {
      const look = (status: SessionStatus) => {
        if (status.state === state) resolve(status);
        else session.once('status', look);
      };
      session.once('status', look);
    });
  const sleep = (ms: number) => {
    asleepMs += ms;
  };
  return { server, session, clock, sleep, next };
}

const hourMs = 3_600_000;

test('after sleep a connection that is still good stays', async () => {
  const { server, session, clock, sleep } = await start();
  sleep(hourMs);
  clock.advance(5_000);
  // Answered after the sign of life.
  await session.forward({ upstream: '3000' });
  clock.advance(3_000);
  expect(await session.forward({ upstream: '3000' })).toHaveProperty('id', 'ep_1');
  expect(server.auths).toHaveLength(1);
});

test('after sleep a connection that is dead is seen within 8 s, and replaced at once', async () => {
  const { server, session, clock, sleep, next } = await start();
  server.behaviour.beats = false;
  const lost = next('reconnecting');
  sleep(hourMs);
  clock.advance(5_000);
  expect(session.status.state).toBe('online');
  clock.advance(3_000);
  const message = expect.stringContaining('no sign of life after this machine had slept');
  expect(await lost).toMatchObject({ error: { code: 9301, message }, retryInMs: 0 });
  const online = next('online');
  clock.advance(0);
  await online;
});

test('after sleep nobody waits out a pause from before', async () => {
  const { server, clock, sleep, next } = await start();
  const { port } = server;
  const lost = next('reconnecting');
  await server.close();
  await lost;
  for (let attempt = 1; attempt <= 8; attempt++) {
    const again = next('reconnecting');
    clock.advance(30_000);
    expect(await again).toMatchObject({ attempt });
  }
  await server.listen(port);
  const online = next('online');
  sleep(hourMs);
  clock.advance(5_000);
  await online;
});

test('a process that was stopped for a minute sees at once that its connection is lost', async () => {
  const { clock, next } = await start();
  const lost = next('reconnecting');
  clock.advance(60_000);
  expect(await lost).toMatchObject({ error: { code: 9301 }, retryInMs: 0 });
  const online = next('online');
  clock.advance(0);
  await online;
});

test.each([-hourMs, hourMs])('a clock that is set by %d ms changes nothing', async (ms) => {
  const { server, session, clock, sleep } = await start();
  sleep(ms);
  clock.advance(5_000);
  expect(await session.forward({ upstream: '3000' })).toHaveProperty('id', 'ep_0');
  expect(server.auths).toHaveLength(1);
});
