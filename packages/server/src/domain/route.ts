import type { Chain } from './chain.ts';
import type { Endpoint, EndpointScheme } from './endpoint.ts';
import type { Link } from './link.ts';

/** All the edge needs to serve one public name: immutable, replaced whole. Published only when its chain is live. */
export interface Route {
  readonly endpoint: Endpoint;
  readonly chain: Chain;
  readonly link: Link;
  /** Handed to `link.open`. */
  readonly bindId: string;
}

/** What the edge may ask of the snapshot. */
export interface RouteTable {
  /** @param host Lower case, without port or trailing dot. */
  find(scheme: EndpointScheme, host: string): Route | undefined;
  /** True if a certificate may be made for this name: an endpoint or a service has it, live or held. */
  isKnownHost(host: string): boolean;
}
