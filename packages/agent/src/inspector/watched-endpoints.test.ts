import { AditError } from '@adit/contracts';
import { handClock } from '@adit/sdk/testkit/hand-clock';
import { expect, test } from 'vitest';
import type { WatchedEndpoint } from './agent-facts.ts';
import { CaptureStore } from './capture/capture-store.ts';
import { defaultInspectorLimits as limits } from './inspector-limits.ts';
import { WatchedEndpoints } from './watched-endpoints.ts';

function endpoint(): WatchedEndpoint {
  const open = () => Promise.reject(new AditError(8012));
  return { name: 'app', isInspected: true, speaks: 'http1', open };
}

test.each([
  ['the new one fails', 'second', 'first'],
  ['the old one goes', 'first', 'second'],
] as const)('of two endpoints under one name the later is seen, and when %s the other', async (_what, ends, stays) => {
  const store = new CaptureStore({ maxStoreBytes: 0, maxBodyBytes: 0 });
  const watched = new WatchedEndpoints({ store, clock: handClock(), limits, isCapturing: false, ended: () => {} });
  const endpoints = { first: endpoint(), second: endpoint() };
  const watches = { first: await watched.add(endpoints.first), second: await watched.add(endpoints.second) };
  watches.first.tap({ forwardId: 'ep_1', clientAddress: '192.0.2.1:1' });
  expect(watched.get('app')).toBe(endpoints.second);
  watches[ends].close();
  expect(watched.get('app')).toBe(endpoints[stays]);
  expect(watched.metrics('app')).toMatchObject({ conns: { count: stays === 'first' ? 1 : 0 } });
  watches[stays].close();
  expect([watched.get('app'), watched.metrics('app')]).toEqual([undefined, null]);
});
