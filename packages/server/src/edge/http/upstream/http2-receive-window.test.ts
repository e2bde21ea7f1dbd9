import { expect, test } from 'vitest';
import { Http2ReceiveWindow } from './http2-receive-window.ts';

const kib = 1024;

/** A window of 256 KiB a stream and 4 MiB together, and what its session was told. */
function startWindow() {
  const told: string[] = [];
  const session = {
    destroyed: false,
    pendingSettingsAck: false,
    settings: ({ initialWindowSize = 0 }) => void told.push(`stream ${initialWindowSize / kib}`),
    setLocalWindowSize: (bytes: number) => void told.push(`connection ${bytes / kib}`),
  };
  const window = new Http2ReceiveWindow(session, { stream: 256 * kib, connection: 4096 * kib });
  return { session, told: () => told.splice(0), window };
}

test('the connection has its window from the start', () => {
  expect(startWindow().told()).toEqual(['connection 4096']);
});

test('a stream that never waits doubles its window after four of them, up to half of the connection', () => {
  const { window, told } = startWindow();
  told();
  window.received(1023 * kib, 1);
  expect(told()).toEqual([]);
  window.received(kib, 1);
  for (let i = 0; i < 100; i++) window.received(1024 * kib, 1);
  expect(told()).toEqual(['stream 512', 'stream 1024', 'stream 2048']);
});

test('many streams share what one may have, down to 64 KiB', () => {
  const { window, told } = startWindow();
  for (let i = 0; i < 100; i++) window.received(1024 * kib, 2);
  expect(told().at(-1)).toBe('stream 1024');
  window.opened(3);
  window.opened(9);
  window.opened(100);
  window.opened(101);
  expect(told()).toEqual(['stream 512', 'stream 128', 'stream 64']);
});

test('all streams together are never told more than three times the window of the connection', () => {
  const { window, told } = startWindow();
  for (let i = 0; i < 100; i++) window.received(1024 * kib, 1);
  let streamKib = 0;
  let sumKib = 0;
  for (let streams = 1; streams <= 100; streams++) {
    window.opened(streams);
    streamKib = Number(told().at(-1)?.split(' ')[1] ?? streamKib);
    sumKib += streamKib;
  }
  expect(sumKib).toBeLessThan(3 * 4096);
});

test('a reader that pauses halves the window, once for each window received', () => {
  const { window, told } = startWindow();
  for (let i = 0; i < 100; i++) window.received(1024 * kib, 1);
  told();
  window.paused();
  window.paused();
  window.received(1023 * kib, 1);
  window.paused();
  expect(told()).toEqual(['stream 1024']);
  for (const windowKib of [1024, 512, 256]) {
    window.received(windowKib * kib, 1);
    window.paused();
  }
  expect(told()).toEqual(['stream 512', 'stream 256']);
});

test('an upstream that does not confirm its settings is told no more', () => {
  const { session, window, told } = startWindow();
  told();
  session.pendingSettingsAck = true;
  for (let i = 0; i < 10; i++) window.received(1024 * kib, 1);
  expect(told()).toEqual([]);
});

test('a session that is gone is told nothing', () => {
  const { session, window, told } = startWindow();
  told();
  session.destroyed = true;
  window.opened(100);
  for (let i = 0; i < 10; i++) window.received(1024 * kib, 1);
  expect(told()).toEqual([]);
});
