import type { ConnectContext, PolicyEvent, PolicyRequest, PolicyResponse } from '@adit/policy-kit';

/** What an expression sees: what is known when it is evaluated, and what policies before it left. */
export interface PolicyScope extends ConnectContext {
  readonly request?: PolicyRequest;
  readonly response?: PolicyResponse;
  readonly event?: PolicyEvent;
  /** The name of a module, with underscores → what its latest run left. */
  readonly results: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** What `set-vars` left in this phase. */
  readonly variables: ReadonlyMap<string, unknown>;
}
