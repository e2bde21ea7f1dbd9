import { HeldBudget } from '@adit/wire';
import { expect, test } from 'vitest';
import { defaultHttpLimits, type HttpLimits } from '../http-limits.ts';
import { startCodec } from './http2-codec.testkit.ts';
import { ack, connectRawH2, frameType, h2Frame, literalHeaders, requestLines } from './raw-h2.testkit.ts';
import { ReceiveWindow } from './receive-window.ts';

const kib = 1024;
const mib = 1024 * kib;
const body = {};

function startWindow(limits: Partial<HttpLimits> = {}) {
  let pong: ((error: Error | null) => void) | null = null;
  const seen = {
    streamWindows: [] as number[],
    connectionWindows: [] as number[],
    pings: 0,
    tooMuch: 0,
    pendingSettingsAck: false,
  };
  const total = new HeldBudget(defaultHttpLimits.h2MaxHeldBytesInAll);
  const session = {
    destroyed: false,
    get pendingSettingsAck() {
      return seen.pendingSettingsAck;
    },
    ping(...args: unknown[]) {
      seen.pings++;
      pong = args.at(-1) as typeof pong;
      return true;
    },
    settings: ({ initialWindowSize = 0 }) => void seen.streamWindows.push(initialWindowSize),
    setLocalWindowSize: (bytes: number) => void seen.connectionWindows.push(bytes),
  };
  const window = new ReceiveWindow(session, {
    limits: { ...defaultHttpLimits, ...limits },
    total,
    onTooMuch: () => seen.tooMuch++,
  });
  /** What comes between a PING and its answer. */
  const roundTrip = (bytes: number, from: object = body): void => {
    for (let i = 0; i < 4096 && !pong; i++) window.received(64 * kib, from);
    window.received(bytes, from);
    const end = pong;
    pong = null;
    end?.(null);
  };
  return { window, seen, session, total, roundTrip };
}

test('the windows begin small and grow to the maximum while uploads fill them', () => {
  const { window, seen, roundTrip } = startWindow();
  window.uploadBegan();
  for (let i = 0; i < 5; i++) roundTrip(window.streamBytes);
  expect(seen.streamWindows).toEqual([1 * mib, 4 * mib, 8 * mib]);
  expect(seen.connectionWindows).toEqual([16 * mib]);
  expect(seen.pings).toBe(3);
});

test('a window that is not half filled in a round trip stays, and is asked after less and less', () => {
  const { window, seen, roundTrip } = startWindow();
  window.uploadBegan();
  for (let i = 0; i < 6; i++) roundTrip(100 * kib);
  expect(seen).toMatchObject({ streamWindows: [], pings: 6 });
  const before = window.receivedBytes;
  roundTrip(100 * kib);
  expect(window.receivedBytes - before).toBeGreaterThan(8 * mib);
});

test.each<[string, (kit: ReturnType<typeof startWindow>) => void]>([
  ['an upload had to wait', ({ window }) => window.hold(1)],
  ['earlier settings are not acknowledged', ({ seen }) => void (seen.pendingSettingsAck = true)],
  ['the session is gone', ({ session }) => void (session.destroyed = true)],
])('nothing grows when %s', (_, spoil) => {
  const kit = startWindow();
  kit.window.uploadBegan();
  spoil(kit);
  kit.roundTrip(2 * mib);
  expect(kit.seen.streamWindows).toEqual([]);
});

test('other uploads of the connection fill no window of this one', () => {
  const { window, seen, roundTrip } = startWindow();
  window.uploadBegan();
  window.uploadBegan();
  for (let i = 0; i < 3; i++) window.received(64 * kib, body);
  window.received(4 * mib, {});
  roundTrip(0);
  expect(seen.streamWindows).toEqual([]);
});

test('many uploads share what the connection may hold, and fall back to it when more begin', () => {
  const { window, seen, roundTrip } = startWindow({ h2MaxHeldBytes: 8 * mib });
  for (let i = 0; i < 4; i++) window.uploadBegan();
  for (let i = 0; i < 5; i++) roundTrip(window.streamBytes);
  expect(seen.streamWindows).toEqual([1 * mib, 2 * mib]);
  for (let i = 0; i < 12; i++) window.uploadBegan();
  expect(window.streamBytes).toBe(512 * kib);
  for (let i = 0; i < 84; i++) window.uploadBegan();
  expect(window.streamBytes).toBe(256 * kib);
});

test('rest() goes back to the first window', () => {
  const { window, seen, roundTrip } = startWindow();
  window.uploadBegan();
  roundTrip(256 * kib);
  window.uploadEnded(false);
  window.rest();
  window.rest();
  expect(seen.streamWindows).toEqual([1 * mib, 256 * kib]);
});

test('what is held counts, for the connection and for all', () => {
  const { window, seen, total } = startWindow({ h2MaxHeldBytes: 100 });
  window.hold(100);
  expect([window.heldBytes, total.heldBytes, seen.tooMuch]).toEqual([100, 100, 0]);
  window.hold(1);
  expect([window.heldBytes, total.heldBytes, seen.tooMuch]).toEqual([101, 101, 1]);
  window.release(60);
  expect([window.heldBytes, total.heldBytes, seen.tooMuch]).toEqual([41, 41, 1]);
});

test('a real session grows its window when a round trip fills it, and takes what the visitor then sends', async () => {
  const kit = await startCodec({ handle: ({ exchange }) => exchange.resumeBody() });
  const client = connectRawH2(kit.port);
  const piece = h2Frame(frameType.data, 0, 1, Buffer.alloc(16 * kib));
  client.send(h2Frame(frameType.headers, 4, 1, literalHeaders(requestLines('a', { method: 'POST' }))));
  await client.next(frameType.settings);
  client.send(...Array.from({ length: 8 }, () => piece));
  const ping = await client.next(frameType.ping);
  client.send(...Array.from({ length: 8 }, () => piece), h2Frame(frameType.ping, ack, 0, ping?.payload));
  const sentSettings = (): string[] =>
    client.frames
      .filter(({ type, flags }) => type === frameType.settings && flags === 0)
      .map(({ payload }) => payload.toString('hex'));
  await expect.poll(() => sentSettings()[1]).toBe('000400100000');
  kit.recorders[0]?.exchange.pauseBody();
  client.send(...Array.from({ length: 64 }, () => piece));
  await expect.poll(() => kit.sockets[0]?.bytesRead).toBeGreaterThan(80 * 16 * kib);
  expect(client.frames.filter(({ type }) => type === frameType.reset || type === frameType.goaway)).toEqual([]);
  kit.clock.advance(20_000);
  kit.recorders[0]?.exchange.abort();
  expect(sentSettings()).toHaveLength(2);
  kit.clock.advance(11_000);
  await expect.poll(() => sentSettings()[2]).toBe('000400040000');
});

test('what may be on its way of cut uploads is a window for each, and is told once', () => {
  const { window } = startWindow({ h2ConnectionWindowBytes: 600 * kib });
  for (let i = 0; i < 3; i++) window.uploadBegan();
  window.uploadEnded(false);
  expect(window.takeLate(10)).toBe(10);
  window.uploadEnded(true);
  expect(window.takeLate(300 * kib)).toBe(44 * kib);
  for (let i = 0; i < 3; i++) window.uploadEnded(true);
  expect(window.takeLate(1 * mib)).toBe(1 * mib - 600 * kib);
});
