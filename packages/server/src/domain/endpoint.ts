import type { Id } from '@adit/contracts';
import type { EndpointFacts } from '@adit/policy-kit';
import type { DocumentId } from './document.ts';
import type { CredentialId } from './entities.ts';
import type { Labels } from './labels.ts';

/** What visitors of an HTTP endpoint speak. */
export type HttpScheme = 'http' | 'https';

/** `tls`: connections with a server name, whoever ends the TLS. `tcp`: all connections to a port of its own. */
export type EndpointScheme = HttpScheme | 'tcp' | 'tls';

/** What a labelled tunnel carries: it says nothing of it, whoever sends visitors there does. */
export const labelledSchemes = ['https', 'tls', 'tcp'] as const satisfies readonly EndpointScheme[];
export type LabelledScheme = (typeof labelledSchemes)[number];

/** Whether visitors speak HTTP there. */
export function hasHttp(scheme: EndpointScheme): scheme is HttpScheme {
  return scheme === 'http' || scheme === 'https';
}

/** Who can reach an endpoint. `internal`: nobody from outside, only what another endpoint of its account forwards. */
export type Binding = 'public' | 'internal';

/** A PROXY header before the first byte that an upstream gets: version 1 (text) or 2 (binary); 0: none. */
export type ProxyProtocol = 0 | 1 | 2;

/**
 * What an endpoint is to the edges of the older API, which are made of several. `edge`: one of the public addresses of an edge.
 * `route`, `backend`: reached through an edge only, and shown nowhere. `tunnel`: an agent serves whatever backend asks for some
 * of its labels.
 */
export type EdgePart =
  | { readonly kind: 'edge' | 'route' | 'backend'; readonly ownerId: DocumentId }
  | { readonly kind: 'tunnel'; readonly labels: Labels };

/** A public address that is online now. Immutable: a change makes a new one with a higher generation. */
export interface Endpoint {
  readonly id: Id<'endpoint'>;
  readonly accountId: Id<'account'>;
  /** Rises with every change of any route on this node; a grant remembers the one it was admitted under. */
  readonly generation: number;
  readonly scheme: EndpointScheme;
  /** Lower-case host name without port; `*.` in front stands for every name below. Of tcp: the server's domain. */
  readonly host: string;
  /** Of a public tcp endpoint its port, of an internal endpoint the port asked for; else null: the scheme's own. */
  readonly port: number | null;
  /** As shown to people, e.g. `https://amber-fox.localhost:8443`, `tcp://example.com:20001`. */
  readonly url: string;
  readonly binding: Binding;
  /** Others with the same URL, of the same account, may be online beside it. */
  readonly isPooled: boolean;
  /** What the service behind it speaks: HTTP/2 means prior knowledge on every stream (gRPC needs it). */
  readonly upstreamProtocol: 'http1' | 'http2';
  readonly proxyProtocol: ProxyProtocol;
  /** The Host line that the service gets in place of the visitor's; answers' own references to it are turned back. */
  readonly hostHeader: string | null;
  /** The agent's words for what is behind it; display only. Empty for the console. */
  readonly forwardsTo: string;
  readonly name: string;
  readonly description: string;
  readonly metadata: string;
  readonly createdAtMs: number;
  /** Who brought it online; null for the console, and for what the server keeps itself. */
  readonly credentialId: CredentialId | null;
  readonly agentSessionId: Id<'agentSession'> | null;
  /** Absent: it stands for itself. */
  readonly part?: EdgePart;
}

/** What only an edge leads to is a part of that: people are not told of it. */
export function isShown({ part }: Endpoint): boolean {
  return part?.kind !== 'route' && part?.kind !== 'backend';
}

/** Null: it is no labelled tunnel. */
export function labelsOf(part: EdgePart | undefined): Labels | null {
  return part?.kind === 'tunnel' ? part.labels : null;
}

/** What its policies are told of it. */
export function endpointFacts({ id, url, scheme, host, port }: Endpoint): EndpointFacts {
  return { id, url, scheme, host, port: port ?? portOf(url) };
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port === '' ? ({ 'http:': 80, 'https:': 443, 'tls:': 443 }[protocol] ?? 0) : Number(port);
}
