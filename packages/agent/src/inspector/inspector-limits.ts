/** Every limit, time-out and bound of the local inspector. Milliseconds and bytes. */
export interface InspectorLimits {
  /** All that is kept of captured requests; past it the oldest go. Default 50 MiB. */
  readonly maxStoreBytes: number;
  /** What is kept of one body; the rest of it passes unseen and is only counted. Default 1 MiB. */
  readonly maxBodyBytes: number;
  /** Start line and headers of one message; more ends the capture of its connection. Default 64 KiB. */
  readonly maxHeadBytes: number;
  /** Header lines of one message; more ends the capture of its connection. Default 200. */
  readonly maxHeaderLines: number;
  /** Trailer lines of one message; more ends the capture of its connection. Default 8 KiB. */
  readonly maxTrailerBytes: number;
  /** Chunk extensions of one message; more ends the capture of its connection. Default 4 KiB. */
  readonly maxChunkExtensionBytes: number;
  /** Requests of one connection that wait for their answers; more ends its capture. Default 64. */
  readonly maxPipelinedRequests: number;
  /** Requests of one HTTP/2 connection under way at once; more ends its capture. Default 256. */
  readonly maxOpenStreams: number;
  /** Table of headers of one direction of an HTTP/2 connection (HPACK); more ends its capture. Default 64 KiB. */
  readonly maxHeaderTableBytes: number;
  /** PROXY protocol header before the first request of a connection; more ends its capture. Default 1 KiB. */
  readonly maxProxyHeaderBytes: number;
  /** What a body may be when its content codings are undone, and what is shown of it. Default 1 MiB. */
  readonly maxDecodedBytes: number;
  /** Content codings of one body that are undone; a body with more is shown as it is. Default 3. */
  readonly maxCodings: number;
  /** Characters of indented JSON; a body that would be longer is shown as it is. Default: 4,194,304. */
  readonly maxPrettyCharacters: number;
  /** Captures in one answer of the inspector's API. Default 1,000. */
  readonly maxListed: number;
  /** Raw bytes in one list of captures; it ends with the capture that reaches this. Default 32 MiB. */
  readonly maxListedBytes: number;
  /** Body of a request to the inspector's API. Default 2 MiB. */
  readonly maxApiBodyBytes: number;
  /** How long such a request may take to arrive. Default 30 s. */
  readonly apiRequestTimeoutMs: number;
  /** Connections to the inspector at once; further ones are closed. Default 64. */
  readonly maxApiConnections: number;
  /** Pages that are told of new requests as they come; the next is refused. Default 16. */
  readonly maxLivePages: number;
  /** A page is told at most so often. Default 100 ms. */
  readonly liveIntervalMs: number;
  /** Captures in one such message; when more have changed the page is told to load its list again. Default 200. */
  readonly maxLiveCaptures: number;
  /** Ports that are tried, beginning with the one asked for. Default 100. */
  readonly maxPortTries: number;
  /** How long the upstream may take to accept the connection of a replay. Default 10 s. */
  readonly replayDialTimeoutMs: number;
  /** How long a replayed request may take until its answer is whole. Default 5 min. */
  readonly replayTimeoutMs: number;
  /** Replays under way at once; the next is refused. Default 16. */
  readonly maxReplays: number;
  /** Durations of which the percentiles of an endpoint are made: the newest. Default 1,024. */
  readonly metricSamples: number;
}

export const defaultInspectorLimits: InspectorLimits = Object.freeze({
  maxStoreBytes: 50 * 1024 * 1024,
  maxBodyBytes: 1024 * 1024,
  maxHeadBytes: 64 * 1024,
  maxHeaderLines: 200,
  maxTrailerBytes: 8 * 1024,
  maxChunkExtensionBytes: 4 * 1024,
  maxPipelinedRequests: 64,
  maxOpenStreams: 256,
  maxHeaderTableBytes: 64 * 1024,
  maxProxyHeaderBytes: 1024,
  maxDecodedBytes: 1024 * 1024,
  maxCodings: 3,
  maxPrettyCharacters: 4 * 1024 * 1024,
  maxListed: 1000,
  maxListedBytes: 32 * 1024 * 1024,
  maxApiBodyBytes: 2 * 1024 * 1024,
  apiRequestTimeoutMs: 30_000,
  maxApiConnections: 64,
  maxLivePages: 16,
  liveIntervalMs: 100,
  maxLiveCaptures: 200,
  maxPortTries: 100,
  replayDialTimeoutMs: 10_000,
  replayTimeoutMs: 300_000,
  maxReplays: 16,
  metricSamples: 1024,
});
