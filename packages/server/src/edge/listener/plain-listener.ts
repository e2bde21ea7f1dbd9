import type { Socket } from 'node:net';
import type { ConnectFacts } from '@adit/policy-kit';
import { type ListenAddress, type Listener, openSocketListener } from './listener.ts';
import { defaultListenerLimits, type ListenerLimits } from './listener-limits.ts';
import { Reception, type ReceptionOptions } from './reception.ts';

export interface PlainListenerOptions extends ListenAddress, ReceptionOptions {
  /** Owns the socket from here on, errors included. Whether a request is served or redirected to https is its decision. */
  onConnection(socket: Socket, visitor: { facts: ConnectFacts }): void;
  readonly limits?: Partial<ListenerLimits>;
}

/**
 * Listens for HTTP without TLS. Only accepts: the choice between an `http://` endpoint and the 308 to https needs the
 * parsed request, so the HTTP front makes it.
 *
 * @throws {AditError} 9220, 9221, 9201: see `openSocketListener`.
 */
export async function openPlainListener(options: PlainListenerOptions): Promise<Listener> {
  const { host, onConnection } = options;
  const limits = { ...defaultListenerLimits, ...options.limits };
  const reception = new Reception(options, limits);
  const { port, stopAccepting } = await openSocketListener(options, {
    backlog: limits.backlog,
    allowHalfOpen: true,
    onSocket: (socket) => reception.receive(socket, (facts) => void onConnection(socket, { facts })),
    onAcceptError: ({ code }) => reception.report('accept-failed', undefined, code),
  });
  return {
    host,
    port,
    close: () => {
      stopAccepting();
      return reception.settle();
    },
  };
}
