import type { InternalTarget } from '@adit/policy-kit';
import type { CertificatePem } from './certificates.ts';
import type { Chain } from './chain.ts';
import type { Endpoint, EndpointScheme } from './endpoint.ts';
import type { Link } from './link.ts';

/**
 * Who ends the TLS of a tls endpoint. `passthrough`: nobody here, the link gets the visitor's own bytes. `edge`: this server,
 * with the owner's certificate, null: with its own one for the name.
 */
export type TlsEnding =
  | { readonly kind: 'passthrough' }
  | { readonly kind: 'edge'; readonly certificate: CertificatePem | null };

/** All the edge needs to serve one public name: immutable, replaced whole. Published only when its chain is live. */
export interface Route {
  readonly endpoint: Endpoint;
  readonly chain: Chain;
  readonly link: Link;
  /** Handed to `link.open`. */
  readonly bindId: string;
  /** Set for tls endpoints only. Holds a secret. */
  readonly tls: TlsEnding | null;
}

/** An internal endpoint as policies get it, who do not look inside. */
export interface InternalRoute extends InternalTarget {
  readonly route: Route;
  /** Where it may go another time, as of several the route was chosen. Default: nowhere else. */
  readonly others?: readonly Route[];
}

/**
 * True: the link gets the visitor's own TLS. What a chain asks of TLS only whoever ends it can ask, so then this server ends it,
 * whatever the endpoint says.
 */
export function isPassedThrough({ tls, chain }: Pick<Route, 'tls' | 'chain'>): boolean {
  return tls?.kind === 'passthrough' && chain.tls === null;
}

/** Somebody may come under a name, soon. */
export interface Arrival {
  /** Resolves when somebody has, or nobody is expected any more. */
  readonly come: Promise<void>;
  /** Whoever waited is gone. Harmless when it is over. */
  giveUp(): void;
}

/** What the edge may ask of the snapshot. Internal endpoints are not in it. */
export interface RouteTable {
  /**
   * The route of a name: its own, else that of the most specific wildcard above it that is online. Of a pool any one, chosen
   * at random each time.
   *
   * @param host Lower case, without port or trailing dot.
   */
  find(scheme: Exclude<EndpointScheme, 'tcp'>, host: string): Route | undefined;
  /** The route of a tcp endpoint's port; of a pool any one. */
  findPort(port: number): Route | undefined;
  /** True while visitors may be sent there: a decision may have taken its time. */
  isOnline(route: Route): boolean;
  /** What stands for the same endpoint on the same link now: itself, unless its chain was replaced. Undefined: it is offline. */
  current(route: Route): Route | undefined;
  /** True if nobody serves the name now, but its account keeps it: the agent was lost a moment ago and may come back. */
  isHeld(scheme: Exclude<EndpointScheme, 'tcp'>, host: string): boolean;
  /**
   * Set while agents are on their way from a server before this one and nobody has an answer for visitors of that scheme:
   * whoever waited asks again.
   */
  awaited(scheme: Exclude<EndpointScheme, 'tcp'>, host: string): Arrival | undefined;
  /** True if a certificate may be made for this name: an endpoint or a service has it, live or held, or a wildcard above. */
  isKnownHost(host: string): boolean;
}
