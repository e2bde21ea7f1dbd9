import type { ErrorCode } from '@adit/contracts';

/** What dialling the upstream met. `unknown`: the agent cannot be asked, or did not tell. */
export type UpstreamState = 'ok' | 'refused' | 'timeout' | 'unreachable' | 'tls' | 'unknownBind' | 'unknown';

/**
 * How an endpoint is, in the order of what a visitor meets. `link_down`: the agent does not answer, or does not serve the
 * endpoint (3200). `upstream_refusing`: the upstream cannot be reached (8012). `upstream_slow`: it took long, or did not
 * accept in time (9001). `agent_alive`: the agent answers; of the upstream nothing is known. `healthy`: both are well.
 */
export type HealthState = 'healthy' | 'agent_alive' | 'upstream_slow' | 'upstream_refusing' | 'link_down';

export interface EndpointHealth {
  readonly state: HealthState;
  /** When it was last probed. */
  readonly checkedAtMs: number;
  /** Milliseconds to the agent and back; null: no answer. */
  readonly linkMs: number | null;
  readonly upstream: UpstreamState;
  /** Milliseconds the upstream took to accept the probe; null: not asked. */
  readonly upstreamMs: number | null;
  /** The last visitor's connection that failed; null: none since the endpoint came online. */
  readonly lastFailure: { readonly code: ErrorCode; readonly atMs: number } | null;
}
