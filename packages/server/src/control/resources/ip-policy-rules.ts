import { AditError } from '@adit/contracts';
import * as contract from '@adit/contracts/api';
import { parseCidr } from '../../domain/cidr.ts';
import type { DocumentId } from '../../domain/document.ts';
import type { Resource } from './resource.ts';

export interface RuleBody {
  readonly cidr: string;
  readonly action: 'allow' | 'deny';
  readonly policyId: DocumentId;
}

interface RuleInput extends Partial<Pick<RuleBody, 'cidr' | 'action'>> {
  readonly ip_policy_id?: string;
}

export const ipPolicyRules: Resource<RuleInput, RuleBody> = {
  kind: 'ipPolicyRule',
  contract: contract.ipPolicyRules,
  async draft({ cidr, action = 'deny', ip_policy_id = '' }, { previous, find }) {
    const fixed = previous?.body ?? { action, policyId: (await find('ipPolicy', ip_policy_id, 'ip_policy_id')).id };
    const body = { ...fixed, cidr: cidr === undefined ? (previous?.body.cidr ?? '') : parseCidr(cidr).text };
    const refuse = () => new AditError(9109, `Cannot have the block "${body.cidr}" twice in one policy`);
    const claims = [{ space: `rules of ${body.policyId}`, name: body.cidr, refuse }];
    return { body, parentId: body.policyId, claims };
  },
  show: ({ body }, { refer }) => ({
    cidr: body.cidr,
    action: body.action,
    ip_policy: refer('ipPolicy', body.policyId),
  }),
};
