import { AditError } from '@adit/contracts';
import { formatAcl, parseAcl } from '../domain/credential-acl.ts';
import type { ControlDeps } from './control-deps.ts';

/**
 * The rules as they are kept.
 *
 * @param whyNeverMet See `ControlDeps`.
 * @throws {AditError} 600: one that is none, or that requires a policy which no endpoint can have.
 */
export function checkedAcl(rules: readonly string[], whyNeverMet: ControlDeps['whyNeverMet']): string[] {
  const acl = parseAcl(rules);
  for (const rule of acl) {
    if (rule.kind !== 'require') continue;
    const why = whyNeverMet(rule);
    if (why !== undefined) throw new AditError(600, `Cannot use the ACL rule "require:${rule.action}": ${why}`);
  }
  return formatAcl(acl);
}
