// What the commands about policies may use of the server. Everything else is private.
export { type AskedVisit, checkPolicy, explainPolicy, type PolicyFile } from './compose/policy-tools.ts';
export type { ExplainedRule, Explanation } from './policy/explain/explain-request.ts';
