import type { Id } from '@adit/contracts';
import type { EndpointAddress } from '../domain/address.ts';
import type { Chain } from '../domain/chain.ts';
import type { Endpoint, HttpScheme } from '../domain/endpoint.ts';
import type { CredentialId } from '../domain/entities.ts';
import type { Link } from '../domain/link.ts';
import type { Route } from '../domain/route.ts';

/** What an endpoint needs to go online. */
export interface EndpointRequest
  extends Omit<Endpoint, 'id' | 'generation' | 'scheme' | 'host' | 'port' | 'binding' | 'url'> {
  readonly endpointId: Id<'endpoint'>;
  /** From `parseAddress` or `freeAddress`. */
  readonly address: EndpointAddress;
  /** Live already: what is published is enforced. */
  readonly chain: Chain;
  readonly link: Link;
  readonly tls: Route['tls'];
  /** Null: it is kept by the server, whoever made it. */
  readonly credentialId: CredentialId | null;
  readonly agentSessionId: Id<'agentSession'> | null;
}

/** A console service (API, dashboard) that is routed like an endpoint and belongs to no account. */
export interface ServiceRequest {
  readonly host: string;
  readonly scheme: HttpScheme;
  readonly link: Link;
  readonly chain: Chain;
  readonly bindId: string;
}

/** What may change while an endpoint is online. */
export type EndpointChange = Partial<Pick<Endpoint, 'name' | 'description' | 'metadata'>>;

/** The right over one published endpoint, for whoever published it. After `hold` or `withdraw` every call is harmless. */
export interface Publication {
  readonly route: Route;
  /** Changes what people are shown. Traffic is not interrupted. */
  update(change: EndpointChange): void;
  /** Its policies are others now. Requests that come see the new ones. */
  replaceChain(chain: Chain): void;
  /** Offline at once; for the grace time only the same account may take the name. */
  hold(): void;
  /** Offline at once and, unless others of a pool have it, free for everybody. */
  withdraw(): void;
}
