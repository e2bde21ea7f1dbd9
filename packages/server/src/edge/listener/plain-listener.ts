import type { Socket } from 'node:net';
import type { ConnectFacts } from '@adit/policy-kit';
import { connectFacts } from './connect-facts.ts';
import { type ListenAddress, type Listener, type OnRefused, openSocketListener } from './listener.ts';
import { defaultListenerLimits, type ListenerLimits } from './listener-limits.ts';

export interface PlainListenerOptions extends ListenAddress {
  /** Owns the socket from here on, errors included. Whether a request is served or redirected to https is its decision. */
  onHttp(socket: Socket, visitor: { facts: ConnectFacts }): void;
  readonly onRefused?: OnRefused;
  readonly limits?: Partial<Pick<ListenerLimits, 'backlog'>>;
}

/**
 * Listens for HTTP without TLS. Only accepts: the choice between an `http://` endpoint and the 308 to https needs the
 * parsed request, so the HTTP front makes it.
 *
 * @throws {AditError} 9220, 9221, 9201: see `openSocketListener`.
 */
export async function openPlainListener(options: PlainListenerOptions): Promise<Listener> {
  const { host, onHttp, onRefused } = options;
  const { port, stopAccepting } = await openSocketListener(options, {
    backlog: options.limits?.backlog ?? defaultListenerLimits.backlog,
    allowHalfOpen: true,
    onSocket: (socket) => {
      const facts = connectFacts(socket, null);
      if (facts === undefined) socket.destroy();
      else onHttp(socket, { facts });
    },
    onAcceptError: ({ code }) =>
      onRefused?.({ reason: 'accept-failed', clientIp: undefined, serverName: null, errorCode: code }),
  });
  return {
    host,
    port,
    close: async () => stopAccepting(),
  };
}
