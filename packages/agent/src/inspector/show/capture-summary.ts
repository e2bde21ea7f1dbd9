import type { Capture } from '../capture/capture.ts';
import { headerValues } from './header-values.ts';
import { redactUrl } from './redact.ts';

/** One line of a list of captures. Nothing secret. */
export interface CaptureSummary {
  readonly id: string;
  readonly endpointName: string;
  readonly method: string;
  readonly target: string;
  /** Null: no answer has begun. */
  readonly status: number | null;
  /** The result of a gRPC call, which is in its trailers; null: there is none. */
  readonly grpcStatus: number | null;
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
  const { method } = request.head;
  const grpcStatus = grpcStatusOf(capture);
  return { id, endpointName, method, target, status, grpcStatus, state, startMs, durationMs, replayOf };
}

/** An answer without content may have it in its head. */
function grpcStatusOf({ answer }: Capture): number | null {
  if (!answer) return null;
  const [value = ''] = headerValues([...answer.trailers, ...answer.head.headers], 'grpc-status');
  return /^\d{1,2}$/.test(value) ? Number(value) : null;
}
