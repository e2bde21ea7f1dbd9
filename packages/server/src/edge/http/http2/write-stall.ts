import type { ServerHttp2Stream } from 'node:http2';

/** Of a connection, for the streams that wait on it. */
export interface StallFacts {
  readonly nowMs: number;
  /** A stream that waits longer than this without progress is stalled. */
  readonly limitMs: number;
  /** What each waiting stream could have had of what the connection sent since the last look. */
  readonly shareBytes: number;
  /** The connection has sent nothing for `limitMs`. */
  readonly isStill: boolean;
}

/**
 * Whether a visitor has stopped taking what waits for him on one stream. node:http2 tells only when all that it was given
 * at once (some 128 KiB) is gone, so that on a slow connection nothing may seem to go for long; there a stream is stalled
 * only if it was passed over: the visitor took what would have been its share twice.
 */
export class WriteStall {
  // Equal to nothing: the first look finds progress.
  #progress = Number.NaN;
  #sinceMs = 0;
  #shareBytes = 0;

  /** @param progress Any number that changes when bytes go. */
  isStalled(stream: ServerHttp2Stream, progress: number, facts: StallFacts): boolean {
    const { writableLength } = stream;
    if (writableLength === 0 || progress !== this.#progress) {
      this.#progress = progress;
      this.#sinceMs = facts.nowMs;
      this.#shareBytes = 0;
      return false;
    }
    this.#shareBytes += facts.shareBytes;
    if (facts.nowMs - this.#sinceMs < facts.limitMs) return false;
    return facts.isStill || this.#shareBytes > writableLength * 2;
  }
}
