// The multiplexer: sessions, streams, flow control. Bytes of frames are in ../frames, what streams carry in ../messages.

/** The constants by which the two dialects differ; the frames are the same. */
export interface MuxProfile {
  readonly name: 'ngrok' | 'adit/1';
  /** Window of each stream and direction at its start, in bytes. Fixed by the dialect, never negotiated. */
  readonly initialWindowBytes: number;
  /** What the receiver of a proxied stream may let its window grow to, in bytes. As the initial one: it does not grow. */
  readonly maxWindowBytes: number;
  /** Whether WNDINC on stream 0 and PING are spoken. */
  readonly hasSessionFrames: boolean;
  /** Window of all streams of a direction together at its start, in bytes; infinite without session frames. */
  readonly sessionWindowBytes: number;
  /** Most proxied streams that the server has open in one session; its commands may exceed it by a few. */
  readonly maxServerStreams: number;
  /** Most streams that the client has open in one session (calls and its heartbeat); more are refused, code 5. */
  readonly maxClientStreams: number;
  /** Streams that the client may open in a row, and then per second; more end the session, code 10. */
  readonly clientStreamBurst: number;
  readonly clientStreamsPerSecond: number;
  /** Highest id of a stream. Ids are never used again: a side that has used all of its own ends the session, code 12. */
  readonly maxStreamId: number;
  /** Largest frame body taken from the peer; a larger one ends the session. */
  readonly maxFrameBytes: number;
  /** Largest DATA payload sent: the grain in which waiting streams take turns. */
  readonly maxSendFrameBytes: number;
  /**
   * Received bytes of proxied streams that nobody has read yet; beyond it the fullest stream is reset, code 10. Less than
   * the session window, so that readers who stall never use that up: the rest of it is for those who read.
   */
  readonly maxHeldBytes: number;
}

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
const maxStreamId = 0x7fffffff;

/**
 * What unmodified ngrok SDKs need: windows of 256 KiB, and no more than 480 streams, as the Rust client drops the whole
 * session when the 513th is opened, its own included (agent protocol, §5 and checklist 1).
 */
export const ngrokProfile: MuxProfile = {
  name: 'ngrok',
  initialWindowBytes: 256 * kibibyte,
  maxWindowBytes: 256 * kibibyte,
  hasSessionFrames: false,
  sessionWindowBytes: Number.POSITIVE_INFINITY,
  maxServerStreams: 480,
  maxClientStreams: 64,
  clientStreamBurst: 1_000,
  clientStreamsPerSecond: 100,
  maxStreamId,
  maxFrameBytes: mebibyte,
  maxSendFrameBytes: 16 * kibibyte,
  maxHeldBytes: 128 * mebibyte,
};

/**
 * What our own agent gets, by ALPN `adit/1`. Windows start small, for readers that stall, and grow for those that keep up:
 * 16 MiB carry 1.3 Gbit/s over 100 ms. 96 MiB unread are 384 stalled readers of one session before one of them pays.
 */
export const aditProfile: MuxProfile = {
  name: 'adit/1',
  initialWindowBytes: 256 * kibibyte,
  maxWindowBytes: 16 * mebibyte,
  hasSessionFrames: true,
  sessionWindowBytes: 128 * mebibyte,
  maxServerStreams: 4096,
  maxClientStreams: 64,
  clientStreamBurst: 1_000,
  clientStreamsPerSecond: 100,
  maxStreamId,
  maxFrameBytes: mebibyte,
  maxSendFrameBytes: 64 * kibibyte,
  maxHeldBytes: 96 * mebibyte,
};

/** Time as the multiplexer sees it: the shape of the server's `Clock`. */
export interface MuxTimer {
  /** Milliseconds; only differences are used. */
  now(): number;
  /** Calls back once after `delayMs`; the answer cancels it. Should not keep the process alive. */
  after(delayMs: number, callback: () => void): () => void;
}
