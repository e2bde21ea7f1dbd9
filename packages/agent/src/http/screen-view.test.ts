import { AditError } from '@adit/contracts';
import { handClock } from '@adit/sdk/testkit/hand-clock';
import { expect, test } from 'vitest';
import { recordOutput } from './output.testkit.ts';
import { ScreenView } from './screen-view.ts';

const url = 'https://app.localhost:8443';
const opened = { state: 'opened', forwardId: 'ep_1', clientAddress: '192.0.2.1:1', error: null } as const;

async function setUp() {
  const stdout = recordOutput({ isTTY: true, columns: 80 });
  const stderr = recordOutput();
  const clock = handClock();
  const frames: string[] = [];
  const redraw = Object.assign((text: string) => void frames.push(text), { done: () => void frames.push('(done)') });
  const loading: Promise<unknown>[] = [];
  const view = new ScreenView({
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: { NO_COLOR: '1' },
    upstreamUrl: 'http://localhost:3000',
    clock,
    loadRedraw: () => {
      const loaded = Promise.resolve(redraw);
      loading.push(loaded);
      return loaded;
    },
  });
  view.status({ state: 'online', account: 'Acme', serverVersion: '' });
  expect(loading).toHaveLength(0);
  view.forward({ state: 'online', id: 'ep_1', url });
  const printedAtOnce = stdout.text;
  await Promise.all(loading);
  await Promise.resolve();
  return { view, clock, frames, stdout, stderr, printedAtOnce };
}

test('ScreenView prints the URL before it loads what it draws with', async () => {
  const { printedAtOnce } = await setUp();
  expect(printedAtOnce).toBe(`\n  ${url}\n\n`);
});

test('ScreenView draws at most once in 250 ms, and not at all when nothing changed', async () => {
  const { view, clock, frames } = await setUp();
  clock.advance(250);
  expect(frames).toHaveLength(1);
  for (let i = 0; i < 100; i++) view.connection(opened);
  clock.advance(249);
  expect(frames).toHaveLength(1);
  clock.advance(1);
  expect(frames).toHaveLength(2);
  expect(frames[1]).toContain('100 open, 100 total');
  clock.advance(60_000);
  expect(frames).toHaveLength(2);
});

test('ScreenView counts connections and shows how the last one failed', async () => {
  const { view, clock, frames } = await setUp();
  view.connection(opened);
  view.connection(opened);
  view.connection({ ...opened, state: 'closed', error: new AditError(8012, 'refused it') });
  clock.advance(250);
  expect(frames.at(-1)).toContain('1 open, 2 total');
  expect(frames.at(-1)).toContain('Last status  refused it');
});

test('ScreenView leaves its last frame standing and prints the error below', async () => {
  const { view, clock, frames, stderr } = await setUp();
  view.status({ state: 'closed', reason: 'failed', error: new AditError(107) });
  view.end(new AditError(107));
  clock.advance(1000);
  expect(frames.at(-2)).toContain('Session      stopped');
  expect(frames.at(-1)).toBe('(done)');
  expect(stderr.text).toContain('(ERR_ADIT_107)');
});
