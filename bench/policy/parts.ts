import { policyModules } from '@adit/policies';
import { emptyAddressBook } from '@adit/policy-kit';
import { systemClock } from '../../packages/server/src/clock/system-clock.ts';
import { expressionLoader } from '../../packages/server/src/compose/expression-loader.ts';
import type { AccountSource } from '../../packages/server/src/policy/account-source.ts';
import { Chains } from '../../packages/server/src/policy/chains.ts';
import { PolicyCompiler } from '../../packages/server/src/policy/compile/policy-compiler.ts';
import type { PolicyDocument } from '../../packages/server/src/policy/document/policy-document.ts';
import { PolicyStates } from '../../packages/server/src/policy/run/policy-state.ts';

const log = {
  error: (fields: object, message: string) => console.error(message, fields),
  debug: () => {},
  isLevelEnabled: () => false,
};

/** What the account has; changed, then `chains.refresh` is asked. */
export interface BenchAccount {
  organisation: PolicyDocument;
}

/** The engine as a server has it, without a server. */
export function openEngine(account: BenchAccount): Chains {
  const compiler = new PolicyCompiler({
    ...{ modules: policyModules, clock: systemClock, log },
    fetch: () => Promise.reject(new Error('no network')),
    addresses: emptyAddressBook,
    loadExpressions: expressionLoader(policyModules, emptyAddressBook),
  });
  const source: AccountSource = {
    organisationRules: async () => ({ document: account.organisation, requires: [] }),
    restrictionRules: async () => ({}),
    ipRules: async () => undefined,
    certificateAuthority: async () => undefined,
    secrets: async () => new Map(),
    findInternal: () => undefined,
    awaitInternal: () => undefined,
    fetchInternal: () => Promise.reject(new Error('no network')),
  };
  return new Chains({ compiler, states: new PolicyStates(systemClock), clock: systemClock, log, source });
}
