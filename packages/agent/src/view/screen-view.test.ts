import { PassThrough } from 'node:stream';
import { AditError } from '@adit/contracts';
import { handClock } from '@adit/sdk/testkit/hand-clock';
import { expect, test } from 'vitest';
import { hideSecrets } from './plain-text.ts';
import { ScreenView, type ScreenViewOptions } from './screen-view.ts';
import { TestTerminal } from './terminal.testkit.ts';
import { defaultViewLimits as limits } from './view-limits.ts';

const endpoint = { id: 'ep_1', url: 'https://app.localhost:8443', upstreamUrl: 'http://localhost:3000' };
const opened = { state: 'opened', forwardId: 'ep_1', clientAddress: '192.0.2.1:1', error: null } as const;
const closed = { ...opened, state: 'closed' } as const;
const refused = new AditError(8012, 'Cannot reach "http://localhost:3000": the connection was refused');
const lost = new AditError(9301, 'Cannot connect to "a:443": no answer');
const online = { state: 'online', account: 'Acme', serverVersion: '0.1.0' } as const;

function setUp(change: Partial<ScreenViewOptions> = {}, [columns, rows] = [80, 24]) {
  const terminal = new TestTerminal(columns, rows);
  const clock = handClock();
  const modes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (isRaw: boolean) => void modes.push(isRaw),
  });
  const signals: string[] = [];
  const view = new ScreenView({
    stdin,
    stdout: terminal,
    env: { NO_COLOR: '1' },
    clock,
    heartbeatIntervalMs: () => 10_000,
    hide: hideSecrets([]),
    onSignal: (signal) => void signals.push(signal),
    isForeground: () => true,
    ...change,
  });
  view.status(online);
  const draw = () => {
    clock.advance(limits.redrawIntervalMs);
    return terminal.shown;
  };
  const press = async (key: string) => {
    stdin.emit('data', Buffer.from(key));
    await Promise.resolve();
    await Promise.resolve();
  };
  return { view, terminal, clock, modes, stdin, signals, draw, press };
}

test('ScreenView prints a URL at once, and its status later', () => {
  const { view, terminal, draw } = setUp();
  view.endpoint(endpoint);
  expect(terminal.text).toBe(`\n  ${endpoint.url}\n\n`);
  expect(draw()).toContain('Session      online');
});

test('ScreenView draws at most once in 250 ms, and not at all when nothing changed', () => {
  const { view, terminal, clock, draw } = setUp();
  view.endpoint(endpoint);
  draw();
  const before = terminal.writes;
  for (let i = 0; i < 100; i++) view.connection(opened);
  clock.advance(limits.redrawIntervalMs - 1);
  expect(terminal.writes).toBe(before);
  clock.advance(1);
  expect(terminal.writes).toBe(before + 1);
  expect(terminal.shown).toContain('100 open, 100 total');
  view.roundTrip(3);
  draw();
  for (let i = 0; i < 5; i++) {
    clock.advance(5_000);
    view.roundTrip(3);
  }
  clock.advance(5_000);
  expect(terminal.writes).toBe(before + 2);
});

test('ScreenView shows each endpoint, and forgets what was wrong when it is right again', () => {
  const { view, draw } = setUp();
  view.endpoint(endpoint);
  view.endpoint({ ...endpoint, id: 'ep_2', url: 'https://b.localhost', upstreamUrl: 'http://localhost:3001' });
  view.connection(opened);
  view.connection({ ...closed, error: refused });
  expect(draw()).toMatch(/app\.localhost:8443 → http:\/\/localhost:3000\n +Cannot reach .*refused\n +https:\/\/b\./);
  view.connection(opened);
  view.connection(closed);
  expect(draw()).toContain('refused');
  view.connection({ ...opened, state: 'reached' });
  expect(draw()).not.toContain('refused');
});

test('ScreenView prints the URL again when a reconnect changed it, and drops an endpoint that is over', () => {
  const { view, terminal, draw } = setUp();
  const live = { ...endpoint };
  view.endpoint(live);
  view.forward({ state: 'online', id: 'ep_1', url: live.url });
  draw();
  live.url = 'https://other.localhost';
  view.forward({ state: 'online', id: 'ep_1', url: live.url });
  expect(terminal.text.match(/\n {2}https:\S+\n\n/g)).toHaveLength(2);
  view.forward({ state: 'waiting', id: 'ep_1', url: live.url, error: new AditError(334, 'it is taken') });
  expect(draw()).toContain('it is taken');
  view.forward({ state: 'closed', id: 'ep_1', url: live.url, error: null });
  expect(draw()).not.toContain('Endpoints');
});

test('ScreenView counts the seconds to the next attempt, and of a silent link', () => {
  const { view, terminal, clock, draw } = setUp();
  view.status({ state: 'reconnecting', error: lost, attempt: 3, retryInMs: 20_000 });
  expect(draw()).toContain('reconnecting in 20 s');
  clock.advance(10_000);
  expect(terminal.shown).toContain('reconnecting in 10 s');
  view.status(online);
  clock.advance(11_000);
  expect(terminal.shown).toContain('Session      online\n');
  clock.advance(5_000);
  expect(terminal.shown).toMatch(/online, but no heartbeat for 1[56] s/);
  view.roundTrip(1);
  expect(draw()).toContain('Session      online\n');
});

test('ScreenView shows a QR code of the first URL on q, and the status on the next', async () => {
  const asked: string[] = [];
  const drawQr = async (text: string) => {
    asked.push(text);
    return ['█▀█', '▄ ▄'];
  };
  const { view, draw, press } = setUp({ drawQr });
  view.endpoint(endpoint);
  expect(draw()).toContain('q shows a QR code');
  await press('q');
  expect(draw()).toMatch(/█▀█\n▄ ▄\nhttps:\/\/app\.localhost:8443\nq shows the status$/);
  await press('q');
  expect(draw()).toContain('Session      online');
  expect(asked).toEqual([endpoint.url]);
});

test('ScreenView shows labels where there is no URL, and offers no QR code of them', async () => {
  const asked: string[] = [];
  const drawQr = async (text: string) => {
    asked.push(text);
    return [];
  };
  const { view, terminal, draw, press } = setUp({ drawQr });
  view.endpoint({ ...endpoint, id: 'ep_0', url: '', labels: { app: 'shop', zone: 'a' } });
  expect(terminal.text).toBe('\n  app=shop zone=a\n\n');
  expect(draw()).toContain('app=shop zone=a → http://localhost:3000');
  await press('q');
  expect(draw()).toMatch(/\nCtrl-C stops$/);
  view.endpoint(endpoint);
  await press('q');
  expect(asked).toEqual([endpoint.url]);
});

test('ScreenView says how large a window a QR code needs where it has no room', async () => {
  const drawQr = async () => Array.from({ length: 19 }, () => '█'.repeat(37));
  const { view, draw, press } = setUp({ drawQr }, [40, 10]);
  view.endpoint(endpoint);
  await press('q');
  expect(draw()).toContain('The QR code needs a window of 37 columns\nand 21 rows.\nq shows the status');
});

test('ScreenView draws itself anew when the terminal changes its size', () => {
  const { view, terminal, draw } = setUp();
  view.endpoint(endpoint);
  draw();
  terminal.resize(40, 10);
  const shown = draw();
  expect(shown.match(/Session/g)).toHaveLength(1);
  expect(shown).toMatch(/^\n {2}https:\/\/app\.localhost:8443\n\nSession/);
});

test.each([
  [40, 10],
  [80, 24],
])('ScreenView never leaves anything behind, whatever comes at %i columns and %i rows', (columns, rows) => {
  const { view, terminal, draw } = setUp({}, [columns, rows]);
  for (let i = 0; i < 40; i++) {
    if (i % 10 === 0) view.endpoint({ ...endpoint, id: `ep_${i}` });
    view.connection({ ...opened, forwardId: 'ep_10' });
    view.connection({ ...closed, forwardId: 'ep_10', error: i % 3 === 0 ? refused : null });
    view.request({ method: 'GET', path: `/${i}`, status: 200, durationMs: i });
    if (i % 7 === 0) view.warning(`warning ${i}`);
    draw();
  }
  expect(terminal.shown.match(/^Session/gm)).toHaveLength(1);
  expect(terminal.shown.match(/^Connections/gm)?.length ?? 0).toBeLessThanOrEqual(1);
  expect(terminal.shown.match(/warning \d+/g)).toHaveLength(6);
});

test('ScreenView leaves its last frame standing, the terminal as it was, and no timer', () => {
  const { view, terminal, clock, modes, stdin, draw } = setUp({ drawQr: async () => [] });
  view.endpoint(endpoint);
  draw();
  view.status({ state: 'closed', reason: 'failed', error: new AditError(107) });
  view.end();
  view.end();
  const { writes } = terminal;
  view.connection(opened);
  view.roundTrip(1);
  clock.advance(60_000);
  expect(terminal.writes).toBe(writes);
  expect(terminal.shown).toContain('Session      stopped');
  expect(terminal.text.endsWith('\n\u001B[J')).toBe(true);
  expect(modes).toEqual([true, false]);
  expect([stdin.listenerCount('data'), terminal.listenerCount('resize')]).toEqual([0, 0]);
  // Neither the cursor nor any other mode of the terminal was touched.
  expect(terminal.text).not.toContain('\u001B[?');
});

test('ScreenView reads no keys where it has nothing to do with them', () => {
  const { modes, draw } = setUp();
  expect(draw()).toMatch(/\nCtrl-C stops$/);
  expect(modes).toEqual([]);
});

test('ScreenView makes a signal of Ctrl-C', async () => {
  const { signals, press } = setUp({ drawQr: async () => [] });
  await press('\u0003');
  expect(signals).toEqual(['SIGINT']);
});
