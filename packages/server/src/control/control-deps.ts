import type http from 'node:http';
import type { Id } from '@adit/contracts';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Clock } from '../domain/clock.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import type { EndpointHealth } from '../domain/endpoint-health.ts';
import type { Log } from '../domain/log.ts';
import type { Bus } from '../domain/notices.ts';
import type { Readiness } from '../domain/readiness.ts';
import type { Store } from '../domain/store.ts';

export interface ControlDeps {
  readonly store: Store;
  /** The account's endpoints that are online now, newest first. */
  listEndpoints(accountId: Id<'account'>): readonly Endpoint[];
  /** How an endpoint is; probes it, but not often. Undefined: the account has none of that id online by an agent. */
  healthOf(key: { accountId: Id<'account'>; endpointId: Id<'endpoint'> }): Promise<EndpointHealth | undefined>;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  /** Where callers reach this API, e.g. `https://api.example.com`: without a slash at the end. Asked on each call. */
  publicUrl(): string;
  /** For `/readyz`. */
  isReady(): Promise<Readiness>;
}

/** Where operations are added: requests have a proven principal there. */
export type ApiServer = FastifyInstance<
  http.Server,
  http.IncomingMessage,
  http.ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** One method on one path, as the router knows it. */
export interface Operation {
  readonly method: string;
  readonly path: string;
}
