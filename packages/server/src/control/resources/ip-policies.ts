import * as contract from '@adit/contracts/api';
import type { Resource } from './resource.ts';

export const ipPolicies: Resource<object, object> = {
  kind: 'ipPolicy',
  contract: contract.ipPolicies,
  draft: () => ({ body: {} }),
  show: () => ({}),
};
