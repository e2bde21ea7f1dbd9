// From configured policies to a live chain, and the chain's failing closed. What a policy decides is in packages/policies;
// when a chain is asked is in edge/http. The modules are passed in, so that the edge imports none of them.
import { AditError } from '@adit/contracts';
import type { Policy, PolicyHost, PolicyModule } from '@adit/policy-kit';
import type { Chain, PolicySpec } from '../../domain/chain.ts';
import { emptyChain } from './empty-chain.ts';
import { type ChainOptions, PolicyChain, type Step } from './policy-chain.ts';

export interface CompileOptions extends ChainOptions {
  /** The registry: the only names a policy may have. */
  readonly modules: readonly PolicyModule[];
}

/**
 * Compiles policies into a chain: finds each module, checks its configuration, prepares it. Nothing is published when one
 * fails: what was prepared before it is closed again. The caller owns the chain and closes it.
 *
 * @param layers Organisation, endpoint, agent: outermost first. They are asked in this order, and inside a layer as written.
 * @throws {AditError} 9201: no such policy, or its configuration does not fit the schema. 9000: a module broke while it
 *   was prepared. Codes that modules throw in `prepare` pass on.
 */
export async function compileChain(
  layers: readonly (readonly PolicySpec[])[],
  host: PolicyHost,
  options: CompileOptions,
): Promise<Chain> {
  const steps: Step[] = [];
  try {
    for (const spec of layers.flat()) {
      const module = findModule(spec.name, options.modules);
      steps.push({ name: module.name, policy: await prepare(module, decode(module, spec.config), host) });
    }
  } catch (error) {
    new PolicyChain(steps, options).close();
    throw error;
  }
  return steps.length === 0 ? emptyChain : new PolicyChain(steps, options);
}

function findModule(name: string, modules: readonly PolicyModule[]): PolicyModule {
  const module = modules.find((candidate) => candidate.name === name);
  if (module) return module;
  const known = modules.map((candidate) => candidate.name).join(', ');
  throw new AditError(9201, `Cannot compile policy ${JSON.stringify(name)}: there is no such policy (known: ${known})`);
}

function decode(module: PolicyModule, config: unknown): unknown {
  const result = module.schema.safeParse(config);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'config'}: ${issue.message}`);
  throw new AditError(9201, `Cannot compile policy "${module.name}": ${problems.join('; ')}`);
}

async function prepare(module: PolicyModule, config: unknown, host: PolicyHost): Promise<Policy> {
  try {
    const policy = await module.prepare(config, host);
    // It would let everybody through without being asked.
    if (!policy.connect && !policy.request) throw new TypeError(`Policy "${module.name}" decides nothing`);
    return policy;
  } catch (error) {
    if (error instanceof AditError) throw error;
    throw new AditError(9000, `Cannot prepare policy "${module.name}"`, { cause: error });
  }
}
