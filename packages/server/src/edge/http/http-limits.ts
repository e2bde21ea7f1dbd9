/** Every limit, time-out and bound of this folder. Milliseconds and bytes. */
export interface HttpLimits {
  /** A new connection must have sent its first whole request head by then. Default 30 s. */
  readonly headTimeoutMs: number;
  /** A connection with no request under way is closed after this. Default 5 min. */
  readonly idleTimeoutMs: number;
  /**
   * How long the upstream may take from the end of the request to the head of its answer; then 504, code 9001. Bodies
   * and upgraded streams have no time limit. Default 10 min.
   */
  readonly answerHeadTimeoutMs: number;
  /** Request line and headers, all together; more is 431, code 9006. Default 32 KiB. */
  readonly maxHeadBytes: number;
  /** Header lines of a request or an answer; more is 431 or 502. Default 200. */
  readonly maxHeaderLines: number;
  /** Status line and headers of an upstream's answer; more is 502, code 3004. Default 64 KiB. */
  readonly maxAnswerHeadBytes: number;
  /** Interim (1xx) answers to one request; more is 502, code 3004. Default 32. */
  readonly maxInterimAnswers: number;
  /** Requests of one HTTP/1.1 connection that wait for the one before; more closes the connection. Default 32. */
  readonly maxPipelinedRequests: number;
  /** Streams that one HTTP/2 connection may have open. Default 100. */
  readonly maxConcurrentStreams: number;
  /** HTTP/2 receive window of a stream: what one stalled upload may hold here. Default 256 KiB. */
  readonly h2StreamWindowBytes: number;
  /** HTTP/2 receive window of a connection: what all its stalled uploads may hold here. Default 1 MiB. */
  readonly h2ConnectionWindowBytes: number;
  /** HTTP/2 stream resets a visitor may send at once; past it GOAWAY. Default 500. */
  readonly streamResetBurst: number;
  /** HTTP/2 stream resets that a visitor regains each second. Default 50. */
  readonly streamResetRate: number;
  /** Idle upstream streams that one visitor connection keeps for one endpoint. Default 8. */
  readonly maxIdleUpstreams: number;
  /** An idle upstream stream is not used again after this: below the 5 s at which many servers close. Default 4 s. */
  readonly idleUpstreamMs: number;
  /** Request body that is read and thrown away after an early answer, before the connection is cut. Default 1 MiB. */
  readonly maxDiscardBytes: number;
  /** How long that may take. Default 5 s. */
  readonly discardTimeoutMs: number;
  /**
   * How long `drain` waits for answers under way, and an idle visitor may take to leave; upgraded streams end at once.
   * Default 10 s.
   */
  readonly drainTimeoutMs: number;
}

export const defaultHttpLimits: HttpLimits = Object.freeze({
  headTimeoutMs: 30_000,
  idleTimeoutMs: 300_000,
  answerHeadTimeoutMs: 600_000,
  maxHeadBytes: 32 * 1024,
  maxHeaderLines: 200,
  maxAnswerHeadBytes: 64 * 1024,
  maxInterimAnswers: 32,
  maxPipelinedRequests: 32,
  maxConcurrentStreams: 100,
  h2StreamWindowBytes: 256 * 1024,
  h2ConnectionWindowBytes: 1024 * 1024,
  streamResetBurst: 500,
  streamResetRate: 50,
  maxIdleUpstreams: 8,
  idleUpstreamMs: 4_000,
  maxDiscardBytes: 1024 * 1024,
  discardTimeoutMs: 5_000,
  drainTimeoutMs: 10_000,
});
