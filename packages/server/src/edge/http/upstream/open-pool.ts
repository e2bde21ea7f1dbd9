import type { ConnectFacts } from '@adit/policy-kit';
import type { HeldBudget } from '@adit/wire';
import type { Route } from '../../../domain/route.ts';
import type { UpstreamPool } from '../upstream.ts';
import { Http1Pool, type PoolOptions } from './http1-pool.ts';
import { Http2Pool } from './http2-pool.ts';

/** Makes the pool of one visitor connection for one route. */
export type OpenPool = (route: Route, visitor: ConnectFacts, options: PoolOptions) => UpstreamPool;

/**
 * Pools that speak what the endpoint's owner said that his service speaks.
 *
 * @param held What they may hold unread, all together. Over HTTP/1.1 they hold nothing: what waits is the link's.
 */
export function poolOpener(held: HeldBudget): OpenPool {
  return (route, visitor, { clock, limits }) =>
    route.endpoint.upstreamProtocol === 'http2'
      ? new Http2Pool(route, visitor, { clock, limits, held })
      : new Http1Pool(route, visitor, { clock, limits });
}
