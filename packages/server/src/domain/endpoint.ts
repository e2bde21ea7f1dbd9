import type { Id } from '@adit/contracts';
import type { CredentialId } from './entities.ts';

export type EndpointScheme = 'http' | 'https';

/** A public address that is online now. Immutable: a change makes a new one with a higher generation. */
export interface Endpoint {
  readonly id: Id<'endpoint'>;
  readonly accountId: Id<'account'>;
  /** Rises with every change of any route on this node; a grant remembers the one it was admitted under. */
  readonly generation: number;
  readonly scheme: EndpointScheme;
  /** Lower-case host name without port. */
  readonly host: string;
  /** As shown to people, e.g. `https://amber-fox.localhost:8443`. */
  readonly url: string;
  /** What the service behind it speaks: HTTP/2 means prior knowledge on every stream (gRPC needs it). */
  readonly upstreamProtocol: 'http1' | 'http2';
  /** The agent's words for what is behind it; display only. Empty for the console. */
  readonly forwardsTo: string;
  readonly metadata: string;
  readonly createdAtMs: number;
  /** Who brought it online; null for the console. */
  readonly credentialId: CredentialId | null;
  readonly agentSessionId: Id<'agentSession'> | null;
}
