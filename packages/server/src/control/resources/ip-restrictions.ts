import { AditError } from '@adit/contracts';
import * as contract from '@adit/contracts/api';
import type { DocumentId } from '../../domain/document.ts';
import type { RestrictedPart } from '../../domain/ip-gate.ts';
import type { Resource } from './resource.ts';

export interface RestrictionBody {
  readonly type: RestrictedPart;
  readonly enforced: boolean;
  readonly policyIds: readonly DocumentId[];
}

interface RestrictionInput {
  readonly type?: RestrictedPart;
  readonly enforced?: boolean;
  readonly ip_policy_ids?: readonly string[];
}

export const ipRestrictions: Resource<RestrictionInput, RestrictionBody> = {
  kind: 'ipRestriction',
  contract: contract.ipRestrictions,
  async draft({ type = 'endpoints', enforced, ip_policy_ids }, { principal: { accountId }, previous, find }) {
    const policyIds = [...(previous?.body.policyIds ?? [])];
    if (ip_policy_ids !== undefined) {
      policyIds.length = 0;
      for (const id of new Set(ip_policy_ids)) policyIds.push((await find('ipPolicy', id, 'ip_policy_ids')).id);
    }
    const body = {
      type: previous?.body.type ?? type,
      enforced: enforced ?? previous?.body.enforced ?? false,
      policyIds,
    };
    const refuse = () => new AditError(1802, `Cannot restrict "${body.type}" twice`);
    return {
      body,
      references: policyIds,
      claims: [{ space: `restrictions of ${accountId}`, name: body.type, refuse }],
    };
  },
  show: ({ body: { type, enforced, policyIds } }, { refer }) => ({
    type,
    enforced,
    ip_policies: policyIds.map((id) => refer('ipPolicy', id)),
  }),
};
