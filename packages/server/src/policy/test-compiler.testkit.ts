import { policyModules } from '@adit/policies';
import { emptyAddressBook } from '@adit/policy-kit';
import { expressionLoader } from '../compose/expression-loader.ts';
import type { Clock } from '../domain/clock.ts';
import { PolicyCompiler } from './compile/policy-compiler.ts';

export const silentLog = { error: () => {}, debug: () => {}, isLevelEnabled: () => false };

/** The compiler with all modules and the whole language; nothing is known of addresses, and there is no network. */
export function testCompiler(clock: Clock): PolicyCompiler {
  return new PolicyCompiler({
    ...{ modules: policyModules, clock, log: silentLog },
    fetch: () => Promise.reject(new Error('no network')),
    addresses: emptyAddressBook,
    loadExpressions: expressionLoader(policyModules, emptyAddressBook),
  });
}
