import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AditError } from '@adit/contracts';
import { errorCodes, type MuxStream } from '@adit/wire';
import type { Clock } from '../clock.ts';
import type { NetworkProtocol, NetworkUpstream } from '../upstream/upstream.ts';
import {
  dialPlain,
  dialUpstream,
  readyEvent,
  secureUpstream,
  speaksAsWanted,
  usesTls,
} from '../upstream/upstream-dial.ts';
import { failureOf, type Refusal, refuse, type UpstreamFailure, upstreamError } from './relay-failure.ts';
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
  readonly #cancelTimeout: () => void;
  #socket: Socket;
  #state: 'dialling' | 'joined' | 'over' = 'dialling';
  /** TCP is up; TLS may be under way. */
  #isConnected = false;

  /** Dials, and joins upstream and visitor as soon as bytes may flow. */
  constructor(options: NetworkRelayOptions) {
    const { visitor, upstream, head, clock } = options;
    this.#options = options;
    this.#cancelTimeout = clock.after(limits.connectTimeoutMs, () => this.#giveUp('timeout'));
    const isHeadBeforeTls = head !== null && usesTls(upstream);
    this.#socket = isHeadBeforeTls ? dialPlain(upstream) : dialUpstream(upstream);
    this.#socket.on('error', (error) => this.#onError(error));
    this.#socket.once('connect', () => this.#onConnected(isHeadBeforeTls));
    if (!isHeadBeforeTls) this.#socket.once(readyEvent(upstream), () => this.#onReady());
    visitor.once('close', () => this.#onVisitorGone());
  }

  #onConnected(isHeadBeforeTls: boolean): void {
    const { head, upstream } = this.#options;
    this.#isConnected = true;
    if (head !== null) this.#socket.write(head);
    if (!isHeadBeforeTls || this.#state === 'over') return;
    this.#socket = secureUpstream(this.#socket, upstream);
    this.#socket.on('error', (error) => this.#onError(error));
    this.#socket.once('secureConnect', () => this.#onReady());
  }

  #onReady(): void {
    const { visitor, tap, upstream } = this.#options;
    if (this.#state !== 'dialling') return;
    if (!speaksAsWanted(this.#socket, upstream)) return this.#giveUp('protocol');
    this.#state = 'joined';
    this.#cancelTimeout();
    this.#options.onReached();
    join({ visitor, service: this.#socket, tap });
  }

  #onError(error: NodeJS.ErrnoException): void {
    if (this.#state === 'dialling') this.#giveUp(failureOf(error, this.#isConnected));
    else if (this.#state === 'joined') this.#breakOff();
  }

  #giveUp(why: UpstreamFailure): void {
    const { stream, upstream } = this.#options;
    if (this.#state !== 'dialling' || stream.destroyed) return;
    this.#state = 'over';
    this.#cancelTimeout();
    this.#options.onFailure(upstreamError(upstream, why));
    this.#socket.destroy();
    refuse(stream, why, refusalOf(this.#options));
  }

  /** The upstream is gone. If its answer was whole, that still goes out, and what the visitor sends is dropped. */
  #breakOff(): void {
    const { stream, visitor } = this.#options;
    if (!this.#socket.readableEnded) return stream.reset(errorCodes.streamReset);
    visitor.unpipe(this.#socket);
    visitor.resume();
  }

  #onVisitorGone(): void {
    const { visitor, clock } = this.#options;
    this.#state = 'over';
    this.#cancelTimeout();
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
