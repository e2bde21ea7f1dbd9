import { AditError } from '@adit/contracts';
import { formatAcl, parseAcl } from '../domain/credential-acl.ts';

/**
 * The rules as they are kept.
 *
 * @param isAction There is a policy of that name.
 * @throws {AditError} 600: one that is none, or that requires a policy which no endpoint can have.
 */
export function checkedAcl(rules: readonly string[], isAction: (name: string) => boolean): string[] {
  const acl = parseAcl(rules);
  for (const rule of acl) {
    if (rule.kind !== 'require' || isAction(rule.action)) continue;
    throw new AditError(600, `Cannot use the ACL rule "require:${rule.action}": there is no such policy`);
  }
  return formatAcl(acl);
}
