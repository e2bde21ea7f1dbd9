// The policy modules: one folder each, and one line each in registry.ts. What a module may know is packages/policy-kit;
// who asks it, and in which order, is the server's policy/run.
export { policyModules } from './registry.ts';
