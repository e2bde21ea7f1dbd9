import { captureBy, type TestConnection } from '../capture/capture.testkit.ts';
import type { InspectorLimits } from '../inspector-limits.ts';
import { Http2Capture } from './http2-capture.ts';

/** As `captureConnection`. */
export function captureHttp2(limits: Partial<InspectorLimits> = {}): TestConnection<Http2Capture> {
  return captureBy(Http2Capture, limits);
}
