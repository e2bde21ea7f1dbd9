import type { Socket } from 'node:net';
import type { UpstreamProbeReply } from '@adit/wire';
import type { Clock } from '../clock.ts';
import { reachUpstream } from '../upstream/reach-upstream.ts';
import type { NetworkUpstream } from '../upstream/upstream.ts';
import type { UpstreamFailure } from '../upstream/upstream-failure.ts';
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
export function probeDial({ signal, ...options }: ProbeDialOptions): Promise<ProbeState> {
  const { promise, resolve } = Promise.withResolvers<ProbeState>();
  const callOff = reachUpstream({
    ...options,
    timeoutMs: limits.dialTimeoutMs,
    onReached(socket) {
      resolve('ok');
      letGo(socket, options.clock);
    },
    onFailed: (why) => resolve(stateOf(why)),
  });
  const giveUp = () => {
    resolve('timeout');
    callOff();
  };
  signal.addEventListener('abort', giveUp, { once: true });
  return promise.finally(() => signal.removeEventListener('abort', giveUp));
}

/** The server knows fewer words. */
function stateOf(why: UpstreamFailure): ProbeState {
  if (why === 'protocol') return 'tls';
  return why === 'noFiles' ? 'unreachable' : why;
}

/** Says goodbye in order: a service that finds its connection reset writes that into its log. */
function letGo(socket: Socket, clock: Clock): void {
  socket.on('error', () => {});
  socket.once(
    'close',
    clock.after(limits.lingerMs, () => socket.destroy()),
  );
  socket.resume().end();
}
