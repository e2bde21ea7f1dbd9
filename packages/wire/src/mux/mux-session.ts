import type { Duplex } from 'node:stream';
import type { AditError } from '@adit/contracts';
import { MuxStream } from './mux-stream.ts';
import type { MuxTimer } from './profiles.ts';
import { type MuxSessionOptions, SessionCore } from './session-core.ts';
import { type FaceClass, StreamCore } from './stream-core.ts';

const nothing = new Uint8Array(0);

/**
 * One session of the agent protocol over one connection: streams, windows, how it ends (agent protocol, §4 to §6). It
 * owns the transport from the constructor on. Whatever the peer sends, it never throws: a stream is reset, or the
 * session ends with GOAWAY.
 */
export class MuxSession {
  readonly #core: SessionCore;

  constructor(transport: Duplex, options: MuxSessionOptions) {
    this.#core = new SessionCore(transport, options);
  }

  get isClosed(): boolean {
    return this.#core.isClosed;
  }

  /** Streams of both sides that are open, on the wire. */
  get openStreamCount(): number {
    return this.#core.table.size;
  }

  /** Of them, those that this side opened. */
  get ownStreamCount(): number {
    return this.#core.table.ownSize;
  }

  /** Bytes that were received on proxied streams and that nobody has read. */
  get heldBytes(): number {
    return this.#core.held.heldBytes;
  }

  /** When the peer was heard last, whatever it said, by `timer`; at first when the session began. */
  get heardAtMs(): number {
    return this.#core.heardAtMs;
  }

  get timer(): MuxTimer {
    return this.#core.timer;
  }

  /**
   * Opens a stream. Type and `first` go out in one frame; nothing answers it.
   *
   * @param first At most `maxSendFrameBytes` - 4 bytes.
   * @throws {AditError} 3200: the session is closed. 3210: too many streams are open.
   */
  open(type: number, first: Uint8Array = nothing): MuxStream {
    const stream = this.prepare(type, MuxStream);
    stream.open(first);
    return stream;
  }

  /**
   * A stream that is not yet on the wire and counts nowhere: what is written to it waits for its `open`. The session does
   * not know it before that, so whoever keeps it must destroy it when the session ends.
   *
   * @param Face What is answered: `MuxStream` or a class that extends it and has the same constructor.
   */
  prepare<Stream extends MuxStream>(type: number, Face: FaceClass<Stream>): Stream {
    return new StreamCore(this.#core, 0).prepare(type, Face);
  }

  /** Ends the session: sends what calls still have to say, GOAWAY and nothing after it, and ends the transport. */
  goAway(code: number, text: string): void {
    this.#core.close({ code, text }, null);
  }

  /** Ends the session at once, and its streams with 9005. What is unread is lost. */
  destroy(error?: AditError): void {
    this.#core.destroy(error);
  }
}
