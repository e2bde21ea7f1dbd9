import { z } from 'zod';
import { reference } from './reference.ts';
import { type ResourceContract, resource } from './resource.ts';

const type = z.enum(['agent', 'api', 'dashboard', 'endpoints']);
const policies = z.array(z.string()).min(1).max(50);

/** From which addresses a part of the account can be reached at all. One for each part. */
export const ipRestrictions: ResourceContract = resource({
  title: 'an IP restriction',
  idKind: 'ipRestriction',
  path: '/ip_restrictions',
  listKey: 'ip_restrictions',
  create: {
    type: type.describe(
      'What it guards. `endpoints`: all endpoints of the account; `agent`: sessions of agents; `api`: this API; `dashboard`: kept for the dashboard, which this version has not. Cannot be changed.',
    ),
    enforced: z
      .boolean()
      .nullish()
      .describe(
        'False: nobody is refused, and the log of the server says at level debug who would be. Default: false.',
      ),
    ip_policy_ids: policies.describe(
      'IP policies, 1 to 50. An address passes when a rule of them allows it and none denies it.',
    ),
  },
  update: {
    enforced: z.boolean().nullish().describe('Whether it refuses. Default: as it is.'),
    ip_policy_ids: policies.nullish().describe('Other IP policies. Default: as they are.'),
  },
  fields: {
    type: type.describe('What it guards.'),
    enforced: z.boolean().describe('Whether it refuses.'),
    ip_policies: z.array(reference).describe('The IP policies whose rules count.'),
  },
});
