import type { FrameBuffer } from '../frames/frame-buffer.ts';

/** A stream that has payload to send, as the queue sees it. */
export interface PayloadSource {
  /** Calls and heartbeats go before proxied connections. */
  readonly isUrgent: boolean;
  /** Kept by the queue: it will be asked. */
  isQueued: boolean;
  /** Takes up to `maxBytes` off what may be sent now and answers how many; 0: nothing. `putFrame` follows. */
  reserve(maxBytes: number): number;
  /** Appends one DATA frame with the oldest `size` reserved bytes. */
  putFrame(frames: FrameBuffer, size: number): void;
  /** The frames are on their way. Called once for each. */
  onSent(): void;
}
