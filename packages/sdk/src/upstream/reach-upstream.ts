import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import type { NetworkUpstream } from './upstream.ts';
import { dialUpstream, secureUpstream, speaksAsWanted, usesTls } from './upstream-dial.ts';
import { failureOf, type UpstreamFailure } from './upstream-failure.ts';

export interface ReachOptions {
  readonly upstream: NetworkUpstream;
  /** A PROXY header, which goes before everything else, TLS included. Null: none. */
  readonly head: Buffer | null;
  readonly clock: Clock;
  /** TCP and TLS together; past it the failure is `timeout`. */
  readonly timeoutMs: number;
  /** Bytes may flow. The socket is the caller's from here on, its errors as well. */
  onReached(socket: Socket): void;
  /** It did not come to that. Nothing is left open. */
  onFailed(why: UpstreamFailure): void;
}

/**
 * Makes a connection to an upstream up to where a visitor's bytes flow: TCP, PROXY header, TLS, the protocol asked for.
 * Calls one of `onReached` and `onFailed`, once and never before it returns; neither, once it was called off.
 *
 * @returns Calls it off; harmless when it is over.
 */
export function reachUpstream(options: ReachOptions): () => void {
  const { upstream, head, clock, timeoutMs } = options;
  let isConnected = false; // TCP is up; TLS may be under way.
  let isOver = false;
  let socket = dialUpstream(upstream);
  const finish = (then: () => void) => {
    if (isOver) return;
    isOver = true;
    cancelTimeout();
    then();
  };
  const fail = (why: UpstreamFailure) =>
    finish(() => {
      socket.destroy();
      options.onFailed(why);
    });
  const watch = (watched: Socket) => {
    watched.on('error', (error) => fail(failureOf(error, isConnected)));
    watched.once('close', () => fail(isConnected ? 'tls' : 'unreachable'));
  };
  const ready = () => {
    if (speaksAsWanted(socket, upstream)) finish(() => options.onReached(socket));
    else fail('protocol');
  };
  const cancelTimeout = clock.after(timeoutMs, () => fail('timeout'));
  watch(socket);
  socket.once('connect', () => {
    isConnected = true;
    if (head !== null) socket.write(head);
    if (!usesTls(upstream)) return ready();
    socket = secureUpstream(socket, upstream);
    watch(socket);
    socket.once('secureConnect', ready);
  });
  return () => finish(() => socket.destroy());
}
