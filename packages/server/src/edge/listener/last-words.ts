import type { Socket } from 'node:net';
import type { Clock } from '../../domain/clock.ts';

/** Milliseconds that a client has to read why it was refused. */
const readTimeoutMs = 500;

/**
 * A socket that is destroyed next closes its own side only, and all of it a little later. Node's TLS closes at once behind an
 * alert; a client of TLS 1.3 has sent more by then, and the reset that this brings it can overtake the alert, which was all that
 * it would have been told.
 */
export function keepForLastWords(socket: Socket, clock: Clock): void {
  socket.destroy = () => {
    socket.destroy = () => socket;
    const cancel = clock.after(readTimeoutMs, () => {
      Reflect.deleteProperty(socket, 'destroy');
      socket.destroy();
    });
    return socket.once('close', cancel).end();
  };
}
