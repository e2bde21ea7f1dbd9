import type { EndpointDefinition } from '../endpoint/endpoint-definition.ts';
import type { AgentSettings } from './agent-settings.ts';

/** What command line, environment and configuration files ask for, at one moment. */
export interface AgentPlan {
  readonly settings: AgentSettings;
  /** What to bring online. Empty: nothing yet; the run then ends with its session. */
  readonly definitions: readonly EndpointDefinition[];
}

/** Reads the plan: at the start, and again whenever an operator restarts the agent. @throws {AditError} What is wrong with it. */
export type ReadPlan = () => Promise<AgentPlan>;
