import type { ConnectContext, PolicyEvent, PolicyRequest, PolicyResponse } from '@adit/policy-kit';

/**
 * What an expression sees: everything known of one decision under way. Policies change it between two evaluations (target,
 * header lines, variables, results); each evaluation sees it as it then is.
 */
export interface PolicyScope extends ConnectContext {
  readonly request?: PolicyRequest;
  readonly response?: PolicyResponse;
  readonly event?: PolicyEvent;
  /** Module name with underscores → what its latest run left. */
  readonly results: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** What `set-vars` left in this phase. */
  readonly variables: ReadonlyMap<string, unknown>;
  /** A secret of the account; undefined: there is none of that name. */
  secret(vault: string, name: string): string | undefined;
  /**
   * Room for what expressions have parsed of this scope; nobody else writes it. A field, and not a weak map beside it: such a
   * map makes collecting garbage cost three times as much as the evaluation.
   */
  parsed?: object | undefined;
  /** What evaluations for this decision have cost so far; nobody else writes it, but whoever begins another decision. Default: 0. */
  steps?: number;
}
