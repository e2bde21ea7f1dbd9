import type { AgentFacts, EndpointFacts } from '../agent-facts.ts';
import type { ApiContext } from './operation.ts';

export const endpointsUri = '/api/endpoints';

/** The agent as its API and its page have it. */
export function statusObject({ agentVersion, status }: AgentFacts): object {
  const { state, legs } = status();
  const session = { legs: legs.map(({ region, latencyMs }) => ({ region, latency: latencyMs })) };
  return { status: state, agent_version: agentVersion, session, uri: '/api/status' };
}

/** One endpoint in the same way. */
export function endpointObject(facts: EndpointFacts, { watched }: Pick<ApiContext, 'watched'>): object {
  return {
    name: facts.name,
    uri: uriOf(endpointsUri, facts),
    url: facts.url,
    labels: facts.labels ?? {},
    upstream: facts.upstream,
    bindings: facts.bindings,
    pooling_enabled: facts.poolingEnabled,
    inspect: facts.inspect,
    metadata: facts.metadata,
    description: facts.description,
    metrics: watched.metrics(facts.name),
  };
}

export function uriOf(base: string, { name }: EndpointFacts): string {
  return `${base}/${encodeURIComponent(name)}`;
}
