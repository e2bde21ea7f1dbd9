import type { ConnectFacts } from '@adit/policy-kit';
import type { Clock } from '../../domain/clock.ts';
import type { Grants } from '../../domain/grants.ts';
import type { Log } from '../../domain/log.ts';
import type { Route, RouteTable } from '../../domain/route.ts';
import type { RawLimits } from './raw-limits.ts';

/** One connection of a visitor that somebody else accepted. */
export interface RawVisit {
  readonly route: Route;
  readonly facts: ConnectFacts;
}

/** What this folder tells the metrics. */
export interface RawMetrics {
  /** A policy refused. */
  denied(reason: string): void;
  /** +1 when a connection is admitted to an upstream, -1 when it is over. */
  activeStreams(change: 1 | -1): void;
}

/** What a connection stands on. */
export interface RawDeps {
  readonly routes: Pick<RouteTable, 'current'>;
  readonly grants: Grants;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: RawMetrics;
  readonly limits: RawLimits;
}
