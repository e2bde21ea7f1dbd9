import type { Id } from '@adit/contracts';
import type { ConnectFacts, PolicyRequest } from '@adit/policy-kit';
import type { CredentialId } from './entities.ts';
import type { Route } from './route.ts';

/** A stream as its grant knows it. */
export interface LiveStream {
  readonly facts: ConnectFacts;
  /** What was asked for when it was admitted, a copy each time; null: a raw one. */
  readonly request: PolicyRequest | null;
  /** Ends it now, both ways. Called at most once. */
  cut(): void;
}

/** The right of one live stream to exist: what it was admitted with, and how to cut it. */
export interface Grant {
  readonly route: Route;
  /** The stream is over; forget it. Calling twice is harmless. */
  release(): void;
}

/** Every admitted stream of this node. Revocation is a look-up here, never a walk over sockets. */
export interface Grants {
  /**
   * @param next The internal endpoint that the route's policies sent the stream on to. Default: none, it is served by the route's
   *   own link.
   */
  admit(route: Route, stream: LiveStream, next?: Route): Grant;
  /** Cuts every stream that rests on this credential. Answers how many. The account is part of every key. */
  cutByCredential(accountId: Id<'account'>, credentialId: CredentialId): number;
  /** Cuts every stream to the account's endpoints. Answers how many. */
  cutByAccount(accountId: Id<'account'>): number;
  /** Cuts every stream of this endpoint. Answers how many. */
  cutByEndpoint(accountId: Id<'account'>, endpointId: Id<'endpoint'>): number;
  /**
   * Asks the new chain about every live stream of the endpoint; cuts those it refuses, or would send somewhere else. Answers how
   * many, as far as there was time for it: where rules are dear and streams many, the next turns of the event loop do the rest.
   */
  recheck(route: Route): number;
  readonly size: number;
}
