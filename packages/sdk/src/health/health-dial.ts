import type { Socket } from 'node:net';
import type { UpstreamProbeReply } from '@adit/wire';
import type { Clock } from '../clock.ts';
import { failureOf } from '../relay/relay-failure.ts';
import type { NetworkUpstream } from '../upstream/upstream.ts';
import {
  dialPlain,
  dialUpstream,
  readyEvent,
  secureUpstream,
  speaksAsWanted,
  usesTls,
} from '../upstream/upstream-dial.ts';
import { defaultHealthLimits as limits } from './health-limits.ts';

export type ProbeState = UpstreamProbeReply['State'];

export interface ProbeDialOptions {
  readonly upstream: NetworkUpstream;
  /** Goes first, before TLS. Null: nothing. */
  readonly head: Buffer | null;
  readonly clock: Clock;
  /** Gives up at once; the answer is then nobody's. */
  readonly signal: AbortSignal;
}

/** One connection, up to where a visitor's bytes would flow; then it is ended in order. Never rejects. */
export function probeDial(options: ProbeDialOptions): Promise<ProbeState> {
  const { upstream, head, clock, signal } = options;
  const { promise, resolve } = Promise.withResolvers<ProbeState>();
  const isHeadBeforeTls = head !== null && usesTls(upstream);
  const tcp = isHeadBeforeTls ? dialPlain(upstream) : dialUpstream(upstream);
  let isConnected = false; // TCP is up; TLS may be under way.
  const giveUp = () => {
    resolve('timeout');
    tcp.destroy();
  };
  // Only the first state counts: what becomes of the connection afterwards is nobody's news.
  const follow = (socket: Socket, ready: 'connect' | 'secureConnect') => {
    socket.on('error', (error) => resolve(stateOf(error, isConnected)));
    socket.once('close', () => resolve(isConnected ? 'tls' : 'unreachable'));
    socket.once(ready, () => {
      resolve(speaksAsWanted(socket, upstream) ? 'ok' : 'tls');
      letGo(socket, clock);
    });
  };
  tcp.once('connect', () => {
    isConnected = true;
    if (head !== null) tcp.write(head);
    if (isHeadBeforeTls) follow(secureUpstream(tcp, upstream), 'secureConnect');
  });
  if (isHeadBeforeTls) tcp.on('error', (error) => resolve(stateOf(error, isConnected)));
  else follow(tcp, readyEvent(upstream));
  const cancelTimeout = clock.after(limits.dialTimeoutMs, giveUp);
  signal.addEventListener('abort', giveUp, { once: true });
  return promise.finally(() => {
    cancelTimeout();
    signal.removeEventListener('abort', giveUp);
  });
}

/** Says goodbye in order: a service that finds its connection reset writes that into its log. */
function letGo(socket: Socket, clock: Clock): void {
  socket.once(
    'close',
    clock.after(limits.lingerMs, () => socket.destroy()),
  );
  socket.resume().end();
}

function stateOf(error: NodeJS.ErrnoException, isConnected: boolean): ProbeState {
  const failure = failureOf(error, isConnected);
  return failure === 'protocol' ? 'tls' : failure;
}
