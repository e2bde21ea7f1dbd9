import type { Socket } from 'node:net';
import type { Clock } from '../../domain/clock.ts';
import type { WholeHello } from './client-hello.ts';
import { ClientHelloReader } from './client-hello-reader.ts';
import type { ListenerLimits } from './listener-limits.ts';

export type Peeked =
  | { readonly hello: WholeHello }
  | { readonly refusal: 'hello-timeout' | 'hello-invalid' | 'http-on-tls' | 'client-gone' };

/**
 * Reads the ClientHello of a connection without answering, then puts all that was read back into the socket, so that a
 * TLS server sees the connection from its first byte. The caller keeps the socket, whatever the answer.
 */
export function peekClientHello(
  socket: Socket,
  { clock, limits }: { clock: Clock; limits: Pick<ListenerLimits, 'helloTimeoutMs' | 'maxHelloBytes'> },
): Promise<Peeked> {
  return new Promise((resolve) => {
    const reader = new ClientHelloReader(limits.maxHelloBytes);
    const finish = (peeked: Peeked): void => {
      stopTimer();
      socket.off('readable', onReadable).off('end', onGone).off('close', onGone);
      resolve(peeked);
    };
    const onGone = (): void => finish({ refusal: 'client-gone' });
    const onReadable = (): void => {
      const peeked = readAvailable(socket, reader);
      if (peeked === undefined) return;
      finish(peeked);
      if ('hello' in peeked) socket.unshift(reader.received);
    };
    const stopTimer = clock.after(limits.helloTimeoutMs, () => finish({ refusal: 'hello-timeout' }));
    socket.on('readable', onReadable).once('end', onGone).once('close', onGone);
  });
}

/** Undefined: more is needed. */
function readAvailable(socket: Socket, reader: ClientHelloReader): Peeked | undefined {
  for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) {
    const progress = reader.push(chunk);
    if (progress.status === 'complete') return { hello: progress.hello };
    if (progress.status === 'invalid') {
      return { refusal: progress.looksLike === 'http' ? 'http-on-tls' : 'hello-invalid' };
    }
  }
  return undefined;
}
