import { defaultInspectorLimits, type InspectorLimits } from '../inspector-limits.ts';
import type { Capture, CaptureSink } from './capture.ts';
import { CaptureStore } from './capture-store.ts';
import { ConnectionCapture } from './connection-capture.ts';

export interface TestConnection<Reader> {
  readonly store: CaptureStore;
  readonly capture: Reader;
  /** In the order they began. */
  readonly captures: () => Capture[];
  readonly ended: Capture[];
}

/** One connection into a store of its own, at a time that moves on by a millisecond whenever somebody looks. */
export function captureBy<Reader>(
  Reads: new (options: CaptureSink & { limits: InspectorLimits }) => Reader,
  limits: Partial<InspectorLimits>,
): TestConnection<Reader> {
  const all = { ...defaultInspectorLimits, ...limits };
  const store = new CaptureStore(all, 'c');
  const ended: Capture[] = [];
  let nowMs = Date.UTC(2026, 0, 1);
  const capture = new Reads({
    limits: all,
    now: () => nowMs++,
    begin(head, proxyHeader) {
      const origin = { endpointName: 'app', remoteAddress: '192.0.2.1:5', replayOf: null, proxyHeader };
      return store.begin(origin, head, nowMs++);
    },
    changed: (changed) => store.changed(changed),
    ended: (one) => ended.push(one),
  });
  return { store, capture, captures: () => [...store.newestFirst()].reverse(), ended };
}

export function captureConnection(limits: Partial<InspectorLimits> = {}): TestConnection<ConnectionCapture> {
  return captureBy(ConnectionCapture, limits);
}

/** Captures one exchange of these texts, in Latin-1. */
export function captureOf(request: string | Buffer, answer: string | Buffer = ''): Capture {
  const { capture, captures } = captureConnection();
  capture.fromVisitor(typeof request === 'string' ? Buffer.from(request, 'latin1') : request);
  capture.fromUpstream(typeof answer === 'string' ? Buffer.from(answer, 'latin1') : answer);
  capture.closed(null);
  const [only] = captures();
  if (!only) throw new Error('Nothing was captured');
  return only;
}
