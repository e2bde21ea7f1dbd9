// edge/http/http2: HTTP/2 visitors, by node:http2. A connection and its floods, an exchange for each stream, the windows of
// uploads. What a request means is `forward`; HTTP/2 to upstreams is `upstream`.
// nghttp2 refuses by itself what RFC 9113 §8 forbids: upper-case names, connection lines, pseudo headers out of place, a
// content-length that the data does not keep. It leaves out, without a word, lines whose name is no token or whose value
// has control bytes: neither policies nor upstreams ever see those.
import http2 from 'node:http2';
import type { Duplex } from 'node:stream';
import type { HeldBudget } from '@adit/wire';
import type { Clock } from '../../../domain/clock.ts';
import type { Codec, CodecOwner, Transport } from '../codec.ts';
import type { HttpLimits } from '../http-limits.ts';
import { Http2Connection, type Http2ConnectionDeps } from './http2-connection.ts';

// Node documents these for createServer; its type declarations do not have them.
interface SessionOptions extends http2.ServerOptions {
  readonly maxSessionInvalidFrames: number;
  readonly maxSessionRejectedStreams: number;
  readonly strictSingleValueFields: boolean;
}

export interface Http2CodecDeps {
  readonly clock: Clock;
  readonly limits: HttpLimits;
  /** What stalled uploads may hold here, of all connections together. */
  readonly held: HeldBudget;
}

// How often connections are looked at: how exact their time-outs are.
const sweepMs = 1000;

/** All HTTP/2 connections of a front. They share a timer. */
export class Http2Codec implements Codec {
  readonly #options: SessionOptions;
  readonly #clock: Clock;
  readonly #connectionDeps: Http2ConnectionDeps;
  readonly #connections = new Set<Http2Connection>();
  #cancelSweep: (() => void) | null = null;

  constructor({ clock, limits, held }: Http2CodecDeps) {
    this.#clock = clock;
    this.#options = sessionOptions(limits);
    this.#connectionDeps = {
      ...{ clock, limits, held },
      onClose: (connection) => this.#forget(connection),
    };
  }

  accept(stream: Duplex, owner: CodecOwner): Transport {
    const session = http2.performServerHandshake(stream, this.#options);
    const connection = new Http2Connection({ socket: stream, session, owner }, this.#connectionDeps);
    this.#connections.add(connection);
    this.#connectionDeps.held.enter(connection);
    this.#cancelSweep ??= this.#clock.after(sweepMs, this.#sweep);
    return connection;
  }

  readonly #sweep = (): void => {
    this.#cancelSweep = this.#clock.after(sweepMs, this.#sweep);
    const nowMs = this.#clock.now();
    for (const connection of this.#connections) connection.sweep(nowMs);
  };

  #forget(connection: Http2Connection): void {
    this.#connections.delete(connection);
    this.#connectionDeps.held.leave(connection);
    if (this.#connections.size > 0) return;
    this.#cancelSweep?.();
    this.#cancelSweep = null;
  }
}

function sessionOptions(limits: HttpLimits): SessionOptions {
  return {
    // More than ours, so that we can answer 431; past these the stream is reset.
    maxHeaderListPairs: limits.maxHeaderLines * 2,
    maxSessionInvalidFrames: 100,
    maxSessionRejectedStreams: 100,
    streamResetBurst: limits.streamResetBurst,
    streamResetRate: limits.streamResetRate,
    // An upstream's duplicate lines are passed as they are.
    strictSingleValueFields: false,
    settings: {
      enablePush: false,
      enableConnectProtocol: true,
      maxConcurrentStreams: limits.maxConcurrentStreams,
      maxHeaderListSize: limits.maxHeadBytes * 2,
      initialWindowSize: limits.h2StreamWindowBytes,
    },
  };
}
