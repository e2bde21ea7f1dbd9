import { AditError } from '@adit/contracts';
import * as contract from '@adit/contracts/api';
import { formatRequirement, parseRequirement } from '../../domain/requirement.ts';
import type { ControlDeps } from '../control-deps.ts';
import { namedInPolicy } from './named-in-policy.ts';
import type { Resource } from './resource.ts';

/** What holds for all endpoints of the account. */
export interface AccountRulesBody {
  /** Traffic policy as it was given. */
  readonly policy: string;
  /** Each in its one form. */
  readonly require: readonly string[];
}

interface RulesInput {
  readonly traffic_policy?: string;
  readonly require?: readonly string[];
}

export const accountRules: Resource<RulesInput, AccountRulesBody> = {
  kind: 'accountRules',
  contract: contract.accountRules,
  async prepare(input, { principal: { accountId }, checkPolicy }) {
    const { traffic_policy: policy } = input;
    if (policy !== undefined) await checkPolicy({ accountId, policy, protocol: null });
    return input;
  },
  async draft({ traffic_policy, require }, context) {
    const { previous, whyNeverMet } = context;
    const body = {
      policy: traffic_policy ?? previous?.body.policy ?? '',
      require: require ? checkedRequirements(require, whyNeverMet) : (previous?.body.require ?? []),
    };
    const refuse = () => new AditError(9109, 'Cannot make rules for the account: it has some; change those');
    const claims = [{ space: `rules of ${context.principal.accountId}`, name: 'all', refuse }];
    return { body, claims, references: await namedInPolicy(body.policy, context) };
  },
  show: ({ body: { policy, require } }) => ({ traffic_policy: policy, require: [...require] }),
};

/** @throws {AditError} 215: one that is none, or that no endpoint can meet. */
function checkedRequirements(texts: readonly string[], whyNeverMet: ControlDeps['whyNeverMet']): string[] {
  const requirements = texts.map((text) => {
    const refuse = (why: string) =>
      new AditError(215, `Cannot read the body: "require" has ${JSON.stringify(text.slice(0, 100))}: ${why}`);
    const requirement = parseRequirement(text, refuse);
    const why = whyNeverMet(requirement);
    if (why !== undefined) throw refuse(why);
    return formatRequirement(requirement);
  });
  return [...new Set(requirements)];
}
