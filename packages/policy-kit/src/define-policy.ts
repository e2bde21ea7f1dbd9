import type { ZodType } from 'zod';
import type { Decision } from './decision.ts';
import type { ConnectFacts, RequestFacts } from './facts.ts';

/** What the edge lends to a module. No globals, no environment: all a policy needs comes through here. */
export interface PolicyHost {
  /** Milliseconds since 1970. */
  now(): number;
}

/**
 * One configured policy. A facet that is missing is not asked. Facets run in the order of the chain: `connect` once for
 * each (connection, endpoint), before that endpoint's first request; `request` for every request.
 */
export interface Policy {
  connect?(facts: ConnectFacts): Decision | Promise<Decision>;
  request?(facts: RequestFacts): Decision | Promise<Decision>;
  /**
   * Would a stream admitted earlier still be let in? Asked of every live stream when the chain changes. Pure: consumes no
   * rate limit, starts no login.
   */
  recheck?(facts: ConnectFacts): Decision;
  /** Frees what `prepare` took. Called once, also after a half-finished prepare. */
  close?(): void;
}

/** A policy module: one folder under `packages/policies/src`, one line in its registry. */
export interface PolicyModule<Config = unknown> {
  /** The folder's name; also what users write as `type` in a traffic policy. */
  readonly name: string;
  /** Strict: unknown keys are refused. Every field has a description. */
  readonly schema: ZodType<Config>;
  /** Every reason the module can give, without the `<name>/` prefix → when it is given. */
  readonly reasons: Readonly<Record<string, string>>;
  /** Slow work: parse ranges, fetch keys. May reject: then nothing is published. */
  prepare(config: Config, host: PolicyHost): Policy | Promise<Policy>;
}

/** Identity function that fixes the type parameters; the only way modules are written. */
export function definePolicy<Config>(module: PolicyModule<Config>): PolicyModule<Config> {
  return module;
}
