// What is kept of edges, their routes and backends: the modules as the API takes them, and the addresses in the server's form.
import type { Id } from '@adit/contracts';
import type { EndpointAddress } from '../domain/address.ts';
import type { DocumentId, DocumentKind } from '../domain/document.ts';
import type { LabelledScheme } from '../domain/endpoint.ts';
import type { Labels } from '../domain/labels.ts';

/** Default: true. A module that is not is kept, and does nothing. */
interface Switchable {
  readonly enabled?: boolean | null;
}

interface HeadersModule extends Switchable {
  readonly add?: Readonly<Record<string, string>> | null;
  readonly remove?: readonly string[] | null;
}

export interface CircuitBreakerModule extends Switchable {
  /** Seconds. */
  readonly tripped_duration?: number | null;
  /** Seconds. */
  readonly rolling_window?: number | null;
  readonly num_buckets?: number | null;
  readonly volume_threshold?: number | null;
  readonly error_threshold_percentage?: number | null;
}

export interface TlsTerminationModule extends Switchable {
  readonly terminate_at?: 'edge' | 'upstream' | null;
  readonly min_version?: '1.2' | '1.3' | null;
}

/** As the API takes them; which an edge or route has says the contract. Secrets are elsewhere. */
export interface EdgeModules {
  readonly backend?: Switchable & { readonly backend_id: string };
  readonly ip_restriction?: Switchable & { readonly ip_policy_ids: readonly string[] };
  readonly mutual_tls?: Switchable & { readonly certificate_authority_ids: readonly string[] };
  readonly tls_termination?: TlsTerminationModule;
  readonly request_headers?: HeadersModule;
  readonly response_headers?: HeadersModule;
  readonly compression?: Switchable;
  readonly circuit_breaker?: CircuitBreakerModule;
  readonly webhook_verification?: Switchable & { readonly provider: string };
  readonly websocket_tcp_converter?: Switchable;
  readonly user_agent_filter?: Switchable & {
    readonly allow?: readonly string[] | null;
    readonly deny?: readonly string[] | null;
  };
  readonly traffic_policy?: Switchable & { readonly value: string };
}

export interface EdgeBody {
  /** Its public addresses; each is an endpoint. */
  readonly places: readonly { readonly address: EndpointAddress; readonly endpointId: Id<'endpoint'> }[];
  /** Those that its kind has. */
  readonly modules: EdgeModules;
}

export interface RouteBody {
  readonly edgeId: DocumentId;
  /** Visitors of the route are sent on to it. */
  readonly endpointId: Id<'endpoint'>;
  readonly match_type: 'exact_path' | 'path_prefix';
  /** A path, or a host and a path. */
  readonly match: string;
  readonly modules: EdgeModules;
}

export interface TunnelGroupBody {
  readonly labels: Labels;
}

export interface WeightedBody {
  /** Ids of backends → 0 to 10,000. */
  readonly weights: Readonly<Record<string, number>>;
}

export interface FailoverBody {
  /** Ids of backends. */
  readonly order: readonly string[];
}

export interface HttpResponseBody {
  readonly endpointId: Id<'endpoint'>;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly content: string;
}

export interface StaticBody {
  readonly endpointIds: Readonly<Record<LabelledScheme, Id<'endpoint'>>>;
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

export const backendKinds = [
  'failoverBackend',
  'httpResponseBackend',
  'staticBackend',
  'tunnelGroupBackend',
  'weightedBackend',
] as const satisfies readonly DocumentKind[];
