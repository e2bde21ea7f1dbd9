import type { Capture } from '../capture/capture.ts';
import { CaptureStore } from '../capture/capture-store.ts';
import { defaultInspectorLimits, type InspectorLimits } from '../inspector-limits.ts';
import { Http2Capture } from './http2-capture.ts';

export interface TestHttp2Connection {
  readonly store: CaptureStore;
  readonly capture: Http2Capture;
  /** In the order they began. */
  readonly captures: () => Capture[];
  readonly ended: Capture[];
}

/** One connection into a store of its own, at a time that moves on by a millisecond whenever somebody looks. */
export function captureHttp2(limits: Partial<InspectorLimits> = {}): TestHttp2Connection {
  const all = { ...defaultInspectorLimits, ...limits };
  const store = new CaptureStore(all);
  const ended: Capture[] = [];
  let nowMs = Date.UTC(2026, 0, 1);
  let count = 0;
  const capture = new Http2Capture({
    limits: all,
    now: () => nowMs++,
    begin(head, proxyHeader) {
      const origin = { endpointName: 'app', remoteAddress: '192.0.2.1:5', replayOf: null };
      return store.begin({ ...origin, id: `c${++count}`, proxyHeader }, head, nowMs++);
    },
    changed: (changed) => store.changed(changed),
    ended: (one) => ended.push(one),
  });
  return { store, capture, captures: () => [...store.newestFirst()].reverse(), ended };
}
