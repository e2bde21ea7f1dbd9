// What the commands about policies may use of the server. Everything else is private.
export { checkPolicy, explainPolicy, type PolicyFile } from './compose/policy-tools.ts';
export type { AskedVisitor } from './domain/explanation.ts';
