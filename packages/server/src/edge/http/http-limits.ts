/** Every limit, time-out and bound of this folder. Milliseconds and bytes. */
export interface HttpLimits {
  /** A new connection must have sent its first whole request head by then. Default 30 s. */
  readonly headTimeoutMs: number;
  /** A connection with no request under way is closed after this. Default 5 min. */
  readonly idleTimeoutMs: number;
  /**
   * How long the upstream may take from the end of the request to the head of its answer; then 504, code 9001. Over HTTP/2
   * that is also how long it may take nothing of a request that it has not answered. Other bodies and upgraded streams have
   * no time limit. Default 10 min.
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
  /** Streams that one HTTP/2 connection may have open. Default 100. */
  readonly maxConcurrentStreams: number;
  /** HTTP/2 receive window of a stream, at first: what one stalled upload may hold here. Default 256 KiB. */
  readonly h2StreamWindowBytes: number;
  /** What the windows of streams may grow to while upstreams take all that comes. Default 8 MiB. */
  readonly h2MaxStreamWindowBytes: number;
  /** HTTP/2 receive window of a connection: what may be on its way here, not what is held. Default 16 MiB. */
  readonly h2ConnectionWindowBytes: number;
  /** A connection that has had no upload for this long goes back to the first windows. Default 10 s. */
  readonly h2WindowRestMs: number;
  /**
   * What the stalled uploads of one HTTP/2 connection may hold here; past it, it loses the fullest. Default 32 MiB: more
   * than all its streams can hold in their first windows.
   */
  readonly h2MaxHeldBytes: number;
  /**
   * The same for all connections, and with what HTTP/2 upstreams have sent that no visitor takes; past it, the connection
   * that holds most loses its fullest. Default 256 MiB.
   */
  readonly h2MaxHeldBytesInAll: number;
  /**
   * HTTP/2 bytes of a connection that are neither header nor content (PING, SETTINGS, padding, unknown frames …) and not
   * within eight times those: more ends the connection. Default 1 MiB.
   */
  readonly h2OverheadBurstBytes: number;
  /** How many of those bytes a connection regains each second. Default 16 KiB. */
  readonly h2OverheadRateBytes: number;
  /** How long a visitor may take to acknowledge HTTP/2 settings; then the connection ends. Default 30 s. */
  readonly h2SettingsAckTimeoutMs: number;
  /** HTTP/2 stream resets a visitor may send at once; past it GOAWAY. Default 500. */
  readonly streamResetBurst: number;
  /** HTTP/2 stream resets that a visitor regains each second. Default 50. */
  readonly streamResetRate: number;
  /**
   * How long a visitor who is sending a body over HTTP/1 may send nothing, before an answer has begun; then 408, code 9008.
   * HTTP/2 bodies have no such limit: bidirectional streams may rest. Default 5 min.
   */
  readonly bodyIdleTimeoutMs: number;
  /**
   * A visitor over HTTP/1 without TLS who has ended his side and waits for his answer is asked by TCP after so long a
   * silence whether he is still there; the system gives up on one who does not answer some ten seconds later. Default 30 s.
   */
  readonly halfClosedProbeMs: number;
  /** How long a visitor may take no bytes while bytes wait for him; then the connection is cut. Default 5 min. */
  readonly writeStallTimeoutMs: number;
  /** Bytes of answers that wait for one visitor connection before its upstream is paused. Default 64 KiB. */
  readonly maxWaitingBytes: number;
  /** Trailer lines of one message, all together; more is 400 or 502. Default 8 KiB. */
  readonly maxTrailerBytes: number;
  /** Chunk extensions of one message, all together; more is 400 or 502. Default 4 KiB. */
  readonly maxChunkExtensionBytes: number;
  /** HTTP/2 receive window of an upstream's stream at first: what one stalled answer may hold here. Default 256 KiB. */
  readonly h2UpstreamStreamWindowBytes: number;
  /**
   * HTTP/2 receive window of an upstream connection. Half of it is shared by its streams: one that is fast and alone grows to
   * that (20 MB/s over 100 ms), many get less, 64 KiB at least. All stalled answers of one visitor connection hold up to
   * three times as much. Default 4 MiB.
   */
  readonly h2UpstreamConnectionWindowBytes: number;
  /** Requests of one visitor connection that wait while an HTTP/2 upstream takes no more; more is 503, code 3210. Default 100. */
  readonly maxQueuedUpstreamRequests: number;
  /**
   * Endpoints that one connection is remembered to have visited (over a trusted proxy: pairs of visitor and endpoint); beyond
   * it the oldest is forgotten and its idle upstream streams are closed. Default 64.
   */
  readonly maxVisitsPerConnection: number;
  /** PING and SETTINGS frames that an HTTP/2 upstream may send in one second; more is 502, code 3004. Default 10,000. */
  readonly maxUpstreamControlFrames: number;
  /**
   * Idle upstream streams that one visitor connection keeps for one endpoint: as many as an HTTP/2 visitor may use at once,
   * or most would be opened anew for each request. Default 100.
   */
  readonly maxIdleUpstreams: number;
  /**
   * An idle upstream stream, or HTTP/2 connection, is closed after this: below the 5 s at which many services do so
   * themselves. Default 4 s.
   */
  readonly idleUpstreamMs: number;
  /** Request body that is read and thrown away after an early answer, before the connection is cut. Default 1 MiB. */
  readonly maxDiscardBytes: number;
  /** How long that may take. Default 5 s. */
  readonly discardTimeoutMs: number;
  /**
   * Characters of one message of a stream of events that policies look at; a longer one breaks the answer off. Default
   * 262,144.
   */
  readonly maxEventChars: number;
  /** Internal endpoints that one request may be forwarded to, one behind the other; more is 3501. Default 5. */
  readonly maxForwards: number;
  /** A visitor whose WebSocket is converted, and who is silent for so long, is pinged. Default 60 s. */
  readonly webSocketPingMs: number;
  /** Pings that he may leave without a sign, one behind the other; then he is gone. Default 5. */
  readonly maxUnansweredPings: number;
  /** How long one side of a converted WebSocket may take to end when the other has ended. Default 30 s. */
  readonly webSocketCloseMs: number;
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
  maxConcurrentStreams: 100,
  h2StreamWindowBytes: 256 * 1024,
  h2MaxStreamWindowBytes: 8 * 1024 * 1024,
  h2ConnectionWindowBytes: 16 * 1024 * 1024,
  h2WindowRestMs: 10_000,
  h2MaxHeldBytes: 32 * 1024 * 1024,
  h2MaxHeldBytesInAll: 256 * 1024 * 1024,
  h2OverheadBurstBytes: 1024 * 1024,
  h2OverheadRateBytes: 16 * 1024,
  h2SettingsAckTimeoutMs: 30_000,
  streamResetBurst: 500,
  streamResetRate: 50,
  bodyIdleTimeoutMs: 300_000,
  halfClosedProbeMs: 30_000,
  writeStallTimeoutMs: 300_000,
  maxWaitingBytes: 64 * 1024,
  maxTrailerBytes: 8 * 1024,
  maxChunkExtensionBytes: 4 * 1024,
  h2UpstreamStreamWindowBytes: 256 * 1024,
  h2UpstreamConnectionWindowBytes: 4 * 1024 * 1024,
  maxQueuedUpstreamRequests: 100,
  maxUpstreamControlFrames: 10_000,
  maxVisitsPerConnection: 64,
  maxIdleUpstreams: 100,
  idleUpstreamMs: 4_000,
  maxDiscardBytes: 1024 * 1024,
  discardTimeoutMs: 5_000,
  maxEventChars: 256 * 1024,
  maxForwards: 5,
  webSocketPingMs: 60_000,
  maxUnansweredPings: 5,
  webSocketCloseMs: 30_000,
  drainTimeoutMs: 10_000,
});
