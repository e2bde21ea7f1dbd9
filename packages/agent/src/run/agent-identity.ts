import type { EndpointDefinition } from '../endpoint/endpoint-definition.ts';
import type { AgentPlan } from './agent-plan.ts';

/** What makes this agent this agent: its server, and which endpoints it has. Holds no secret. */
export function agentIdentity({ settings, definitions }: AgentPlan): unknown {
  return [settings.serverAddr, definitions.map(identityOf)];
}

function identityOf({ name, forward, upstream }: EndpointDefinition): unknown {
  return [name, forward.labels ?? forward.url, upstream.url];
}
