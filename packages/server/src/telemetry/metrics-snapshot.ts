/** What is measured by asking when somebody looks. */
export const gaugeHelp = {
  adit_agent_sessions: 'Agent sessions that are open now',
  adit_streams: 'Streams to upstreams that are open now',
  adit_buffered_bytes: 'Bytes from agents that visitors have not read yet',
  adit_endpoints: 'Endpoints that are online now',
  adit_managed_certificates_valid: 'Certificates got by ACME that are good now',
  adit_managed_certificates_pending: 'Names whose first certificate is being ordered now',
  adit_managed_certificates_failed: 'Names whose last order failed, with or without an earlier certificate',
  adit_managed_certificates_expired: 'Names whose certificate has ended without a newer one',
  adit_managed_certificate_earliest_end_seconds:
    'Seconds until the first of the good certificates ends; 0: there is none',
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
