// The local inspector, for the run of endpoints. See inspector.ts.
export type { AgentFacts, AgentStatus, EndpointChanges, EndpointFacts, WatchedEndpoint } from './agent-facts.ts';
export { type Inspector, openInspector } from './inspector.ts';
export type { Watch } from './watched-endpoints.ts';
