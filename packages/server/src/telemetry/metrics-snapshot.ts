/** What is measured by asking when somebody looks. */
export const gaugeHelp = {
  adit_agent_sessions: 'Agent sessions that are open now',
  adit_streams: 'Streams to upstreams that are open now',
  adit_buffered_bytes: 'Bytes from agents that visitors have not read yet',
  adit_endpoints: 'Endpoints that are online now',
} as const;
export type GaugeName = keyof typeof gaugeHelp;

/** Everything at one moment. */
export interface MetricsSnapshot {
  readonly requests: readonly (readonly [statusClass: string, count: number])[];
  readonly denials: readonly (readonly [reason: string, count: number])[];
  readonly gauges: readonly (readonly [name: GaugeName, value: number])[];
  readonly activeStreams: number;
  readonly loopDelay: { readonly p50: number; readonly p99: number; readonly max: number };
}
