import { policyModules } from '@adit/policies';
import type { AddressBook } from '@adit/policy-kit';
import type { AskedPolicy, ControlDeps } from '../control/control-deps.ts';
import { type EndpointScheme, hasHttp } from '../domain/endpoint.ts';
import { guardedFetch } from '../outgoing/guarded-fetch.ts';
import { AccountPolicies } from '../policy/account-policies.ts';
import { Chains, type ChainsDeps } from '../policy/chains.ts';
import { checkEnding } from '../policy/compile/check-document.ts';
import { PolicyCompiler } from '../policy/compile/policy-compiler.ts';
import { parsePolicy } from '../policy/document/parse-policy.ts';
import type { PolicyDocument } from '../policy/document/policy-document.ts';
import { type Locate, refusePolicy } from '../policy/document/policy-problems.ts';
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
  const checkPolicy = ({ protocol, ...asked }: AskedPolicy) =>
    protocol === null ? checkForAll(parts, asked) : checkWholePolicy(chains, { ...asked, protocol });
  return { chains, gates: new IpGates(parts), checkPolicy };
}

type Asked = Pick<AskedPolicy, 'accountId' | 'policy'>;

/** Rules for all endpoints. */
async function checkForAll(
  { compiler, source }: Pick<ChainsDeps, 'compiler' | 'source'>,
  { accountId, policy }: Asked,
): Promise<void> {
  const { document, locate } = readAsked(policy, null);
  const objects = new AccountPolicies(accountId, source);
  const layer = await compiler.compile({
    ...{ document, layer: 'organisation', protocol: null, objects },
    ...(locate && { locate }),
  });
  layer.close();
}

function readAsked(
  policy: AskedPolicy['policy'],
  hasHttp: boolean | null,
): { document: PolicyDocument; locate?: Locate } {
  return typeof policy === 'string' ? parsePolicy(policy, { hasHttp }) : { document: policy };
}

/** Rules of one endpoint. @throws See `ControlDeps.checkPolicy`. */
async function checkWholePolicy(
  chains: Chains,
  { accountId, policy, protocol, isPart = false }: Asked & Pick<AskedPolicy, 'isPart'> & { protocol: EndpointScheme },
): Promise<void> {
  const parsed = readAsked(policy, hasHttp(protocol));
  // Under no endpoint's URL: what is counted for one is not touched.
  const chain = await chains.open({ accountId, url: '', protocol, layer: 'endpoint', isExempt: isPart, ...parsed });
  chain.close();
  if (isPart) return;
  const problems = checkEnding(parsed.document, { modules: policyModules, protocol });
  if (problems.length > 0) throw refusePolicy(problems, parsed.locate ?? (() => undefined));
}
