import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AditError } from '@adit/contracts';
import { errorCodes, type MuxStream } from '@adit/wire';
import type { Clock } from '../clock.ts';
import { reachUpstream } from '../upstream/reach-upstream.ts';
import type { NetworkProtocol, NetworkUpstream } from '../upstream/upstream.ts';
import { type UpstreamFailure, upstreamError } from '../upstream/upstream-failure.ts';
import { type Refusal, refuse } from './relay-failure.ts';
import { join } from './relay-join.ts';
import { relayLimits as limits } from './relay-limits.ts';
import type { ConnectionTap } from './tap.ts';

export interface NetworkRelayOptions {
  readonly stream: MuxStream;
  /** The stream, or the TLS on it. */
  readonly visitor: Duplex;
  /** Goes to the upstream before everything else, TLS included. */
  readonly head: Buffer | null;
  readonly tap: ConnectionTap | undefined;
  readonly upstream: NetworkUpstream;
  readonly scheme: NetworkProtocol;
  readonly clock: Clock;
  readonly hasResetCodes: boolean;
  /** Bytes may flow. */
  onReached(): void;
  /** The upstream could not be reached. The stream closes soon. */
  onFailure(error: AditError): void;
}

/** One visitor's connection to an upstream, from dialling to its end. */
export class NetworkRelay {
  readonly #options: NetworkRelayOptions;
  readonly #callOff: () => void;
  #socket: Socket | null = null;

  /** Dials, and joins upstream and visitor as soon as bytes may flow. */
  constructor(options: NetworkRelayOptions) {
    const { visitor, upstream, head, clock } = options;
    this.#options = options;
    this.#callOff = reachUpstream({
      ...{ upstream, head, clock, timeoutMs: limits.connectTimeoutMs },
      onReached: (socket) => this.#onReached(socket),
      onFailed: (why) => this.#onFailed(why),
    });
    visitor.once('close', () => this.#onVisitorGone());
  }

  #onReached(socket: Socket): void {
    const { visitor, tap, head } = this.#options;
    this.#socket = socket;
    socket.on('error', () => this.#breakOff());
    this.#options.onReached();
    if (head !== null) tap?.fromVisitor(head);
    join({ visitor, service: socket, tap });
  }

  #onFailed(why: UpstreamFailure): void {
    const { stream, upstream } = this.#options;
    if (stream.destroyed) return;
    this.#options.onFailure(upstreamError(upstream, why));
    refuse(stream, why, refusalOf(this.#options));
  }

  /** The upstream is gone. If its answer was whole, that still goes out, and what the visitor sends is dropped. */
  #breakOff(): void {
    const { stream, visitor } = this.#options;
    if (visitor.closed || this.#socket === null) return;
    if (!this.#socket.readableEnded) return stream.reset(errorCodes.streamReset);
    visitor.unpipe(this.#socket);
    visitor.resume();
  }

  #onVisitorGone(): void {
    const { visitor, clock } = this.#options;
    if (this.#socket === null) return this.#callOff();
    if (visitor.readableEnded && visitor.writableFinished) linger(this.#socket, clock);
    else this.#socket.destroy();
  }
}

/** The stream ended in order, but the socket may still have bytes to send: an upstream that does not read is let go. */
function linger(socket: Socket, clock: Clock): void {
  if (socket.writableFinished || socket.destroyed) return;
  socket.once(
    'close',
    clock.after(limits.lingerMs, () => socket.destroy()),
  );
}

function refusalOf({ hasResetCodes, scheme, upstream }: NetworkRelayOptions): Refusal {
  if (hasResetCodes) return 'reset';
  const speaksHttp1 = scheme !== 'tcp' && scheme !== 'tls' && upstream.speaks === 'http1';
  return speaksHttp1 ? 'answer' : 'end';
}
