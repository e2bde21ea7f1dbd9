import { PassThrough } from 'node:stream';
import { handClock } from '@adit/sdk/testkit/hand-clock';
import { expect, test } from 'vitest';
import { isForegroundJob, TerminalKeys } from './terminal-keys.ts';
import { defaultViewLimits as limits } from './view-limits.ts';

function setUp({ isTTY = true, isForeground = () => true }: { isTTY?: boolean; isForeground?: () => boolean } = {}) {
  const told: string[] = [];
  const stdin = Object.assign(new PassThrough(), {
    isTTY,
    setRawMode: (isRaw: boolean) => void told.push(isRaw ? 'raw' : 'cooked'),
  });
  const clock = handClock();
  const keys = new TerminalKeys({
    stdin,
    clock,
    isForeground,
    onKey: (key) => void told.push(`key ${key}`),
    onSignal: (signal) => void told.push(signal),
    onResume: () => void told.push('resumed'),
  });
  const type = (text: string) => stdin.emit('data', Buffer.from(text));
  return { told, stdin, clock, keys, type };
}

test('TerminalKeys reads key by key, and leaves the terminal as it was', () => {
  const { told, stdin, keys, type } = setUp();
  expect(keys.start()).toBe(true);
  type('q');
  type('ab');
  keys.stop();
  type('c');
  expect(told).toEqual(['raw', 'key q', 'key a', 'key b', 'cooked']);
  expect([stdin.isPaused(), stdin.listenerCount('data')]).toEqual([true, 0]);
});

test('TerminalKeys takes an arrow key for no key', () => {
  const { told, keys, type } = setUp();
  keys.start();
  type('\u001B[A');
  expect(told).toEqual(['raw']);
});

test('TerminalKeys makes a signal of Ctrl-C, and lets the terminal make the next one', () => {
  const { told, keys, type } = setUp();
  keys.start();
  type('\u0003');
  expect(told).toEqual(['raw', 'cooked', 'SIGINT']);
});

test('TerminalKeys gives the terminal back for Ctrl-Z, and takes it again when the job goes on', () => {
  const { told, clock, keys, type } = setUp();
  keys.start();
  type('\u001A');
  expect(told).toEqual(['raw', 'cooked', 'SIGTSTP']);
  clock.advance(limits.resumeAfterMs);
  expect(told.slice(3)).toEqual(['raw', 'resumed']);
  keys.stop();
  expect(told.at(-1)).toBe('cooked');
});

test('TerminalKeys does not take the terminal again once it was stopped', () => {
  const { told, clock, keys, type } = setUp();
  keys.start();
  type('\u001A');
  keys.stop();
  clock.advance(limits.resumeAfterMs);
  expect(told).toEqual(['raw', 'cooked', 'SIGTSTP']);
});

test.each([
  ['no terminal', { isTTY: false }],
  ["another job's terminal: a shell would stop us", { isForeground: () => false }],
])('TerminalKeys reads nothing from %s', (_what, options) => {
  const { told, stdin, keys } = setUp(options);
  expect(keys.start()).toBe(false);
  keys.stop();
  expect([told, stdin.listenerCount('data')]).toEqual([[], 0]);
});

test.each([
  ['4711 (node) S 4700 4711 4700 34816 4711 4194304 1 0', true],
  ['4711 (a) b (c) R 4700 4711 4700 34816 4700 4194304 1 0', false],
])('isForegroundJob(%j) is %s', (stat, expected) => {
  expect(isForegroundJob(stat)).toBe(expected);
});
