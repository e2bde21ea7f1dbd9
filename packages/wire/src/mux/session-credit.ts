import type { HeldBytes } from './held-bytes.ts';

/** Granted in steps of this share of the window. */
const stepShare = 8;

interface SessionCreditOptions {
  /** Infinite: the dialect has no session window. */
  readonly windowBytes: number;
  readonly held: HeldBytes;
  /** Lets the peer send so many bytes more. */
  grant(bytes: number): void;
}

/**
 * The session window towards us: what the peer may still send on all streams together. No stream keeps an account of its
 * share: what was neither promised nor is held has been read or thrown away, so the peer may have it again. Whatever end
 * a stream comes to, nothing can be lost.
 */
export class SessionCredit {
  readonly #options: SessionCreditOptions;
  /** Promised and not yet received. Calls and heartbeats may make it negative. */
  #leftBytes: number;

  constructor(options: SessionCreditOptions) {
    this.#options = options;
    this.#leftBytes = options.windowBytes;
  }

  /** Whether the window allows a frame of a proxied connection with so many bytes. */
  admits(bytes: number): boolean {
    return bytes <= this.#leftBytes;
  }

  /** Payload of any stream has come. */
  take(bytes: number): void {
    this.#leftBytes -= bytes;
  }

  /** Grants what may be granted, once it is worth a frame. */
  settle(): void {
    const { windowBytes, held } = this.#options;
    if (windowBytes === Number.POSITIVE_INFINITY) return;
    const due = windowBytes - this.#leftBytes - held.allBytes;
    if (due * stepShare < windowBytes) return;
    this.#leftBytes += due;
    this.#options.grant(due);
  }
}
