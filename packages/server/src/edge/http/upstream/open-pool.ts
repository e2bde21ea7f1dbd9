import type { ConnectFacts } from '@adit/policy-kit';
import type { Route } from '../../../domain/route.ts';
import type { UpstreamPool } from '../upstream.ts';
import { Http1Pool, type PoolOptions } from './http1-pool.ts';
import { Http2Pool } from './http2-pool.ts';

/** Makes the pool of one visitor connection for one route. */
export type OpenPool = (route: Route, visitor: ConnectFacts, options: PoolOptions) => UpstreamPool;

/** Speaks what the endpoint's owner said that his service speaks. */
export const openPool: OpenPool = (route, visitor, options) =>
  route.endpoint.upstreamProtocol === 'http2'
    ? new Http2Pool(route, visitor, options)
    : new Http1Pool(route, visitor, options);
