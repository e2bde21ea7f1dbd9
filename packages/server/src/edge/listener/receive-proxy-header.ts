import type { Socket } from 'node:net';
import { type ConnectionEnds, takeProxyHeader } from '@adit/wire';
import type { Clock } from '../../domain/clock.ts';
import type { ListenerLimits } from './listener-limits.ts';

export type ReceivedProxyHeader =
  | { readonly ends: ConnectionEnds | null }
  | { readonly refusal: 'proxy-header-timeout' | 'proxy-header-invalid' | 'client-gone' };

/** Takes the PROXY header off the start of a connection. One that is too late is closed; else the caller keeps the socket. */
export async function receiveProxyHeader(
  socket: Socket,
  { clock, limits }: { clock: Clock; limits: Pick<ListenerLimits, 'helloTimeoutMs' | 'maxProxyHeaderBytes'> },
): Promise<ReceivedProxyHeader> {
  let isLate = false;
  const stopTimer = clock.after(limits.helloTimeoutMs, () => {
    isLate = true;
    socket.destroy();
  });
  const taken = await takeProxyHeader(socket, limits.maxProxyHeaderBytes);
  stopTimer();
  if (taken.status === 'complete') return { ends: taken.ends };
  if (taken.status === 'invalid') return { refusal: 'proxy-header-invalid' };
  return { refusal: isLate ? 'proxy-header-timeout' : 'client-gone' };
}
