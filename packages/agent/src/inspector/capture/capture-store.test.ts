import type { RequestHead } from '@adit/wire';
import { expect, it } from 'vitest';
import { CaptureStore } from './capture-store.ts';

const head: RequestHead = {
  ...{ method: 'POST', target: '/', version: '1.1', headers: [], framing: 'chunked', length: -1 },
  ...{ keepsAlive: true, upgrade: null },
};
const proxyHeader = Buffer.alloc(0);

function storeOf(options: { maxStoreBytes: number; maxBodyBytes: number }) {
  const store = new CaptureStore(options, 'c');
  const origin = { endpointName: 'a', remoteAddress: '', replayOf: null, proxyHeader };
  const begin = () => store.begin(origin, head, 0);
  return { store, begin };
}

it('the oldest make room, and keep nothing', () => {
  const { store, begin } = storeOf({ maxStoreBytes: 200_000, maxBodyBytes: 64 * 1024 });
  const captures = Array.from({ length: 10 }, () => {
    const capture = begin();
    capture.request.body.add(Buffer.alloc(64 * 1024, 'x'));
    return capture;
  });
  expect(store.bytes).toBeLessThanOrEqual(200_000);
  expect([...store.newestFirst()].map(({ id }) => id)).toEqual(['ca', 'c9']);
  expect(captures.map(({ request }) => request.body.bytes.length)).toEqual([...Array(8).fill(0), 65536, 65536]);
  expect(store.get('c8')).toBeUndefined();
});

it('a body that grows can push out its own capture, which then keeps nothing more', () => {
  const { store, begin } = storeOf({ maxStoreBytes: 20_000, maxBodyBytes: 64 * 1024 });
  const capture = begin();
  for (let at = 0; at < 100; at++) capture.request.body.add(Buffer.alloc(1024));
  expect(capture.request.body).toMatchObject({ totalBytes: 102_400, bytes: Buffer.alloc(0) });
  expect({ size: store.size, bytes: store.bytes }).toEqual({ size: 0, bytes: 0 });
});

it('counts no less than it keeps, over many captures', () => {
  const { store, begin } = storeOf({ maxStoreBytes: 500_000, maxBodyBytes: 8192 });
  for (let at = 0; at < 5000; at++) begin().request.body.add(Buffer.alloc(at % 9000));
  const kept = [...store.newestFirst()].reduce((sum, { request }) => sum + request.body.bytes.buffer.byteLength, 0);
  expect(kept).toBeGreaterThan(100_000);
  expect(store.bytes).toBeGreaterThanOrEqual(kept);
  expect(store.bytes).toBeLessThanOrEqual(500_000);
});

it('clear() forgets all, tells so, and what is under way is not stored any more', () => {
  const { store, begin } = storeOf({ maxStoreBytes: 1e6, maxBodyBytes: 8192 });
  const seen: (string | null)[] = [];
  store.onChange((capture) => seen.push(capture?.id ?? null));
  const capture = begin();
  store.clear();
  capture.request.body.add(Buffer.alloc(100));
  expect(seen).toEqual(['c1', null]);
  expect(capture).toMatchObject({ isStored: false });
  expect({ size: store.size, bytes: store.bytes, kept: capture.request.body.bytes.length }).toEqual({
    ...{ size: 0, bytes: 0, kept: 0 },
  });
});
