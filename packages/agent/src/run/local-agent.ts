import type { AgentSession } from '@adit/sdk';
import type { AgentFacts, AgentStatus, EndpointChanges, EndpointFacts } from '../inspector/index.ts';
import { agentVersion } from './agent-version.ts';
import { endpointChanges } from './endpoint-changes.ts';
import type { LiveEndpoints } from './live-endpoints.ts';
import { endpointFacts } from './local-agent-facts.ts';

/** The running agent as its inspector and local API see it. A restart gives it another session. */
export class LocalAgent implements AgentFacts {
  readonly agentVersion = agentVersion;
  readonly changes: EndpointChanges = endpointChanges(() => this.#endpoints);
  #session: AgentSession | undefined;
  #endpoints: LiveEndpoints | undefined;

  /** From now on the agent is this session with these endpoints. */
  use(session: AgentSession, endpoints: LiveEndpoints): void {
    this.#session = session;
    this.#endpoints = endpoints;
  }

  // Fields, so that facts can be handed on one by one.
  readonly status = (): AgentStatus => {
    const state = this.#session?.status.state ?? 'connecting';
    const legs = (this.#session?.legs ?? []).map(({ roundTripMs }) => ({ region: '', latencyMs: roundTripMs }));
    return { state, legs };
  };

  readonly endpoints = (): readonly EndpointFacts[] => (this.#endpoints?.all ?? []).map(endpointFacts);
}
