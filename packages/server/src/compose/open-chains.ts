import { policyModules } from '@adit/policies';
import type { AddressBook } from '@adit/policy-kit';
import type { AskedPolicy, ControlDeps } from '../control/control-deps.ts';
import { hasHttp } from '../domain/endpoint.ts';
import { guardedFetch } from '../outgoing/guarded-fetch.ts';
import { Chains } from '../policy/chains.ts';
import { checkEnding } from '../policy/compile/check-document.ts';
import { PolicyCompiler } from '../policy/compile/policy-compiler.ts';
import { parsePolicy } from '../policy/document/parse-policy.ts';
import { refusePolicy } from '../policy/document/policy-problems.ts';
import { IpGates } from '../policy/ip-gates.ts';
import { PolicyStates } from '../policy/run/policy-state.ts';
import { expressionLoader } from './expression-loader.ts';
import type { Foundation } from './open-foundation.ts';
import { type PolicySourceDeps, policySource } from './policy-source.ts';

/** What turns policies into chains. */
export function openChains(
  { clock, log, options }: Pick<Foundation, 'clock' | 'log' | 'options'>,
  { addresses, ...deps }: PolicySourceDeps & { readonly addresses: AddressBook },
): { chains: Chains; gates: IpGates; checkPolicy: ControlDeps['checkPolicy'] } {
  const loadExpressions = expressionLoader(policyModules, addresses);
  const compiler = new PolicyCompiler({
    modules: policyModules,
    clock,
    log,
    fetch: guardedFetch({ allowed: options['outgoing-network'] }),
    addresses,
    loadExpressions,
  });
  const parts = { compiler, states: new PolicyStates(clock), clock, log, source: policySource(deps) };
  const chains = new Chains(parts);
  const checkPolicy = (asked: AskedPolicy) => checkWholePolicy(chains, asked);
  return { chains, gates: new IpGates(parts), checkPolicy };
}

/** @throws See `ControlDeps.checkPolicy`. */
async function checkWholePolicy(chains: Chains, asked: AskedPolicy): Promise<void> {
  const { accountId, policy, protocol, mayPass = false } = asked;
  const parsed =
    typeof policy === 'string' ? parsePolicy(policy, { hasHttp: hasHttp(protocol) }) : { document: policy };
  // Under no endpoint's URL: what is counted for one is not touched.
  const chain = await chains.open({ accountId, url: '', protocol, layer: 'endpoint', ...parsed });
  chain.close();
  if (mayPass) return;
  const problems = checkEnding(parsed.document, { modules: policyModules, protocol });
  if (problems.length > 0) throw refusePolicy(problems, 'locate' in parsed ? parsed.locate : () => undefined);
}
