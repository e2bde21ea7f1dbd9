import type { Log } from '../../../domain/log.ts';
import type { Exchange } from '../exchange.ts';
import type { EndpointVisit } from '../visitor-connection.ts';
import type { ClientAddress } from './client-address.ts';
import type { PolicyPassage } from './policy-passage.ts';
import type { RequestHead } from './request-head.ts';
import type { RequestOutcome } from './request-outcome.ts';

export interface LoggedRequest {
  readonly requestId: string;
  readonly exchange: Exchange;
  readonly client: ClientAddress;
  /** Null: it could not be read. */
  readonly head: RequestHead | null;
  readonly visit: EndpointVisit | null;
  readonly passage: PolicyPassage | null;
  readonly outcome: RequestOutcome;
  /** False: one of both sides broke it off. */
  readonly isWhole: boolean;
  readonly durationMs: number;
}

export function logRequest(log: Log, request: LoggedRequest): void {
  const { requestId, exchange, client, head, visit, passage, outcome, isWhole, durationMs } = request;
  log.debug(
    {
      ...{ requestId, clientIp: client.facts.clientIp, method: exchange.method, host: head?.authority.host ?? null },
      // Never the query: it carries tokens.
      path: head?.path.split('?', 1)[0] ?? null,
      ...{ status: outcome.status, isWhole, durationMs },
      ...(visit && { endpointId: visit.route.endpoint.id }),
      ...(outcome.reason !== null && { reason: outcome.reason }),
      ...(passage && passage.logged.length > 0 && { noted: passage.logged }),
    },
    'request',
  );
}
