import type { Socket } from 'node:net';
import { type ConnectionEnds, readProxyProtocol } from '@adit/wire';
import type { Clock } from '../../domain/clock.ts';
import type { ListenerLimits } from './listener-limits.ts';

export type ReceivedProxyHeader =
  | { readonly ends: ConnectionEnds | null }
  | { readonly refusal: 'proxy-header-timeout' | 'proxy-header-invalid' | 'client-gone' };

/**
 * Takes the PROXY header off the start of a connection. What came behind it is put back, so that the next reader sees the
 * client's bytes from the first one on. The caller keeps the socket, whatever the answer.
 */
export function receiveProxyHeader(
  socket: Socket,
  { clock, limits }: { clock: Clock; limits: Pick<ListenerLimits, 'helloTimeoutMs' | 'maxProxyHeaderBytes'> },
): Promise<ReceivedProxyHeader> {
  return new Promise((resolve) => {
    let received: Buffer = Buffer.alloc(0);
    const finish = (outcome: ReceivedProxyHeader): void => {
      stopTimer();
      socket.off('readable', onReadable).off('end', onGone).off('close', onGone);
      resolve(outcome);
    };
    const onGone = (): void => finish({ refusal: 'client-gone' });
    const onReadable = (): void => {
      const chunk: Buffer | null = socket.read();
      if (chunk === null) return;
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const progress = readProxyProtocol(received, limits.maxProxyHeaderBytes);
      if (progress.status === 'incomplete') return;
      if (progress.status === 'invalid') return finish({ refusal: 'proxy-header-invalid' });
      finish({ ends: progress.ends });
      if (progress.bytesUsed < received.length) socket.unshift(received.subarray(progress.bytesUsed));
    };
    const stopTimer = clock.after(limits.helloTimeoutMs, () => finish({ refusal: 'proxy-header-timeout' }));
    socket.on('readable', onReadable).once('end', onGone).once('close', onGone);
  });
}
