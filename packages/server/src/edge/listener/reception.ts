import type { Socket } from 'node:net';
import type { ConnectFacts } from '@adit/policy-kit';
import type { Clock } from '../../domain/clock.ts';
import { connectFacts } from './connect-facts.ts';
import { ConnectionQuota } from './connection-quota.ts';
import type { OnRefused, Refusal } from './listener.ts';
import type { ListenerLimits } from './listener-limits.ts';
import { receiveProxyHeader } from './receive-proxy-header.ts';

export interface ReceptionOptions {
  readonly clock: Clock;
  readonly onRefused?: OnRefused | undefined;
  /**
   * True for load balancers of the operator's own: each of their connections must begin with a PROXY header, which says
   * who the client is and where he connected to. Default: nobody, and such bytes mean nothing.
   */
  readonly sendsProxyHeader?: ((peerIp: string) => boolean) | undefined;
  /** Counts the connections of each client until they close; listeners may share one. Default: one of its own. */
  readonly connections?: ConnectionQuota | undefined;
}

/** Takes a connection whose client is known. A promise: until it settles, `settle` waits for it. */
export type OnReceived = (facts: ConnectFacts) => Promise<void> | undefined;

/** What every listener does first with a connection: learn who the client is, and whether there is room for him. */
export class Reception {
  readonly #options: ReceptionOptions;
  readonly #limits: ListenerLimits;
  readonly #connections: ConnectionQuota;
  readonly #pendingHeaders: ConnectionQuota;
  readonly #arrivals = new Map<Socket, Promise<void>>();

  constructor(options: ReceptionOptions, limits: ListenerLimits) {
    this.#options = options;
    this.#limits = limits;
    this.#connections = options.connections ?? connectionQuota(limits);
    this.#pendingHeaders = new ConnectionQuota({ max: limits.maxPendingProxyHeaders, maxPerClient: Infinity });
  }

  /** Calls `onReceived` at once or, where a PROXY header comes first, after it; not at all for a refused connection. */
  receive(socket: Socket, onReceived: OnReceived): void {
    // An error is always followed by 'close', which is where it is handled.
    socket.on('error', () => undefined);
    const peer = connectFacts(socket, this.#options.clock.timeOfDay());
    if (peer === undefined) return this.refuse(socket, 'client-gone');
    const arrival = this.#options.sendsProxyHeader?.(peer.clientIp)
      ? this.#receiveProxied(socket, peer, onReceived)
      : this.#admit(socket, peer, onReceived);
    if (arrival === undefined) return;
    const settled = arrival.finally(() => this.#arrivals.delete(socket));
    this.#arrivals.set(socket, settled);
  }

  /** Closes a connection and tells. */
  refuse(socket: Socket, reason: Refusal, facts?: ConnectFacts): void {
    socket.destroy();
    this.report(reason, facts);
  }

  report(reason: Refusal, facts: ConnectFacts | undefined, errorCode?: string): void {
    const { clientIp, serverName = null } = facts ?? {};
    this.#options.onRefused?.({ reason, clientIp, serverName, errorCode });
  }

  /** Resolves when no connection is on its way any more; gives those up that are late. */
  async settle(): Promise<void> {
    const cancel = this.#options.clock.after(this.#limits.closeGraceMs, () => {
      for (const socket of this.#arrivals.keys()) socket.destroy();
    });
    await Promise.allSettled(this.#arrivals.values());
    cancel();
  }

  #receiveProxied(socket: Socket, peer: ConnectFacts, onReceived: OnReceived): Promise<void> | undefined {
    const leave = this.#pendingHeaders.enter(peer.clientIp);
    if (leave === undefined) return void this.refuse(socket, 'too-many-handshakes', peer);
    return receiveProxyHeader(socket, { clock: this.#options.clock, limits: this.#limits }).then((received) => {
      leave();
      if ('refusal' in received) return this.refuse(socket, received.refusal, peer);
      return this.#admit(socket, { ...peer, ...received.ends }, onReceived);
    });
  }

  #admit(socket: Socket, client: ConnectFacts, onReceived: OnReceived): Promise<void> | undefined {
    // Gone while its header was handed on: its 'close' may be over, and would not give the place back.
    if (socket.destroyed) return void this.refuse(socket, 'client-gone', client);
    const leave = this.#connections.enter(client.clientIp);
    if (leave === undefined) return void this.refuse(socket, 'too-many-connections', client);
    socket.once('close', leave);
    return onReceived(client);
  }
}

/** The quota of `maxConnectionsPerClient`. */
export function connectionQuota(
  { maxConnectionsPerClient }: Pick<ListenerLimits, 'maxConnectionsPerClient'>,
  isExempt?: (clientIp: string) => boolean,
): ConnectionQuota {
  return new ConnectionQuota({ max: Infinity, maxPerClient: maxConnectionsPerClient, ...(isExempt && { isExempt }) });
}
