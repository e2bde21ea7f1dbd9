import type { DecisionTraces } from '../../../domain/decision-trace.ts';
import type { Log } from '../../../domain/log.ts';
import type { ForwardingDeps } from './forwarded-request.ts';
import type { Router } from './router.ts';

export interface ForwarderDeps extends ForwardingDeps {
  readonly router: Router;
  readonly log: Log;
  /** True: upstreams get a `Forwarded` line as well. */
  readonly sendsForwarded: boolean;
  readonly traces: Pick<DecisionTraces, 'record'>;
  readonly challengePage: ChallengePage | undefined;
}

/**
 * What an authority is to find at that token of a host (RFC 8555 §8.3); undefined: nothing of ours, and the request goes its
 * ordinary way, perhaps to an endpoint that has an ACME client of its own.
 */
export type ChallengePage = (host: string, token: string) => Promise<string | undefined>;
