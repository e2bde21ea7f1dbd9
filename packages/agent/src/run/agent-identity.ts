import type { AgentPlan } from './agent-plan.ts';

/** What makes this agent this agent: its server, and which endpoints it has. Holds no secret. */
export function agentIdentity({ settings, definitions }: AgentPlan): unknown {
  return [settings.serverAddr, definitions.map(({ name, forward, upstream }) => [name, forward.url, upstream.url])];
}
