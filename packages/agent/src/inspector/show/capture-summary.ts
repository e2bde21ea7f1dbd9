import type { Capture } from '../capture/capture.ts';
import { redactUrl } from './redact.ts';

/** One line of a list of captures. Nothing secret. */
export interface CaptureSummary {
  readonly id: string;
  readonly endpointName: string;
  readonly method: string;
  readonly target: string;
  /** Null: no answer has begun. */
  readonly status: number | null;
  readonly state: Capture['state'];
  readonly startMs: number;
  /** Null: it is not over. */
  readonly durationMs: number | null;
  readonly replayOf: string | null;
}

export function summarize(capture: Capture): CaptureSummary {
  const { id, origin, request, answer, state, startMs, durationMs } = capture;
  const { endpointName, replayOf } = origin;
  const target = redactUrl(request.head.target);
  const status = answer?.head.status ?? null;
  return { id, endpointName, method: request.head.method, target, status, state, startMs, durationMs, replayOf };
}
