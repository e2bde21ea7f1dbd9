// All a policy module may know: facts, decisions, the shape of a module. Not the edge, not the server.
export { type Decision, type Denial, proceed, type Reason } from './decision.ts';
export { definePolicy, type Policy, type PolicyHost, type PolicyModule } from './define-policy.ts';
export type { ConnectFacts, RequestFacts } from './facts.ts';
