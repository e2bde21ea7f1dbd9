import { policyModules } from '@adit/policies';
import { guardedFetch } from '../outgoing/guarded-fetch.ts';
import { Chains } from '../policy/chains.ts';
import { PolicyCompiler } from '../policy/compile/policy-compiler.ts';
import { IpGates } from '../policy/ip-gates.ts';
import { PolicyStates } from '../policy/run/policy-state.ts';
import { expressionLoader } from './expression-loader.ts';
import type { Foundation } from './open-foundation.ts';
import { type PolicySourceDeps, policySource } from './policy-source.ts';

/** What turns policies into chains. */
export function openChains(
  { clock, log, options }: Pick<Foundation, 'clock' | 'log' | 'options'>,
  deps: PolicySourceDeps,
): { chains: Chains; gates: IpGates } {
  const loadExpressions = expressionLoader(policyModules);
  const compiler = new PolicyCompiler({
    modules: policyModules,
    clock,
    log,
    fetch: guardedFetch({ allowed: options['outgoing-network'] }),
    loadExpressions,
  });
  const parts = { compiler, states: new PolicyStates(clock), clock, log, source: policySource(deps) };
  return { chains: new Chains(parts), gates: new IpGates(parts) };
}
