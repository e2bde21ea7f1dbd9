import type { ClientHttp2Session } from 'node:http2';

export interface ReceiveWindowLimits {
  /** What each stream has at first. */
  readonly stream: number;
  /** What all streams of the connection together have about twice. */
  readonly connection: number;
}

type WindowSession = Pick<ClientHttp2Session, 'destroyed' | 'pendingSettingsAck' | 'settings' | 'setLocalWindowSize'>;

/** No stream has less: SETTINGS that are still on their way assume it (RFC 9113 §6.9.2), and less would be slow. */
const leastBytes = 64 * 1024;
/** Bytes that must come without a pause before the window of streams grows, in windows. */
const windowsToGrow = 4;

/**
 * How far an upstream may send ahead on each stream of a connection. What is sent ahead waits here when its visitor does
 * not take it.
 *
 * The window doubles only while nobody has to wait, so that a slow reader never gets a large one. It is halved as streams
 * are opened, which bounds what all of them hold, and by readers that have had enough. node:http2 can set it for all
 * streams of a connection only, by SETTINGS; as it is halved and doubled, that is seldom.
 *
 * The connection's own window bounds nothing: node:http2 gives its credit back for each byte that arrives, read or not.
 * To make it smaller by what waits is no way out. nghttp2 sends credit back only while bytes arrive, so that an upstream
 * that has used up the smaller window would wait for ever.
 */
export class Http2ReceiveWindow {
  readonly #session: WindowSession;
  readonly #limits: ReceiveWindowLimits;
  #streamBytes: number;
  #receivedBytes = 0;

  /** The session was told the stream's window with its first SETTINGS. */
  constructor(session: WindowSession, limits: ReceiveWindowLimits) {
    this.#session = session;
    this.#limits = limits;
    this.#streamBytes = limits.stream;
    session.setLocalWindowSize(limits.connection);
  }

  /** A stream is about to be opened: how many there are with it. */
  opened(streams: number): void {
    let bytes = this.#streamBytes;
    while (bytes > leastBytes && !this.#isShare(bytes, streams)) bytes /= 2;
    this.#setStreamWindow(bytes);
  }

  /** Bytes came for a reader, one of so many streams. */
  received(bytes: number, streams: number): void {
    this.#receivedBytes += bytes;
    if (this.#receivedBytes < this.#streamBytes * windowsToGrow) return;
    // An upstream that does not confirm what it was told is told no more.
    if (this.#session.pendingSettingsAck || !this.#isShare(this.#streamBytes * 2, streams)) return;
    this.#receivedBytes = 0;
    this.#setStreamWindow(this.#streamBytes * 2);
  }

  /** A reader has enough for now. It counts once for each window that was received, and never below the first window. */
  paused(): void {
    const hadWindow = this.#receivedBytes >= this.#streamBytes;
    this.#receivedBytes = 0;
    if (hadWindow && this.#streamBytes > this.#limits.stream) this.#setStreamWindow(this.#streamBytes / 2);
  }

  #isShare(bytes: number, streams: number): boolean {
    return bytes * streams * 2 <= this.#limits.connection;
  }

  #setStreamWindow(bytes: number): void {
    if (bytes === this.#streamBytes || this.#session.destroyed) return;
    this.#streamBytes = bytes;
    this.#session.settings({ initialWindowSize: bytes });
  }
}
