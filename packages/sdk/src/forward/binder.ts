import type { ProxyHeader } from '@adit/wire';
import type { RelayTarget } from '../relay/relay.ts';
import type { ServerConnection } from '../session/server-connection.ts';
import type { Upstream } from '../upstream/upstream.ts';

/** What edges find a tunnel by that has no address. */
export type Labels = Readonly<Record<string, string>>;

/** What a server gave. */
export interface Bound {
  readonly id: string;
  /** Empty: it has labels. */
  readonly url: string;
}

export interface BindOptions {
  /** False: another connection serves the endpoint, which would lose it. */
  readonly mayStartOver: boolean;
}

/** How a server is asked for one forward, by an address or by labels, and how its visitors are carried. */
export interface Binder {
  readonly upstream: Upstream;
  /** Undefined: it has an address. */
  readonly labels?: Labels;
  /** Asks for it, now or again. @throws {AditError} See `ForwardBinding.bind`. */
  bind(connection: ServerConnection, options: BindOptions): Promise<Bound>;
  /** What `relay` needs to know of the forward for one visitor. */
  targetOf(visitor: Pick<ProxyHeader, 'Proto' | 'PassthroughTLS'>): RelayTarget;
}
