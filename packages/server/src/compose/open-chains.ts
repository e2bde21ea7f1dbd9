import { AditError } from '@adit/contracts';
import { policyModules } from '@adit/policies';
import { Chains } from '../policy/chains.ts';
import { PolicyCompiler } from '../policy/compile/policy-compiler.ts';
import { PolicyStates } from '../policy/run/policy-state.ts';
import type { Foundation } from './open-foundation.ts';

/** What turns policies into chains. */
export function openChains({ clock, log }: Pick<Foundation, 'clock' | 'log'>): Chains {
  const compiler = new PolicyCompiler({
    ...{ modules: policyModules, clock, log },
    fetch: () => Promise.reject(new AditError(9000)),
    loadExpressions: () => Promise.reject(new AditError(9000)),
  });
  const objectsOf = () => ({
    ipPolicy: () => Promise.reject(new AditError(215)),
    certificateAuthority: () => Promise.reject(new AditError(215)),
    findInternal: () => undefined,
  });
  return new Chains({ compiler, states: new PolicyStates(clock), clock, log, objectsOf });
}
