import { z } from 'zod';
import { type ResourceContract, resource } from './resource.ts';
import { text } from './text.ts';

const policy = text(524_288).nullish();
const require = z.array(text(512)).max(100).nullish();
const policyText = 'Rules that come around those of every endpoint, YAML or JSON: first on requests, last on answers.';
const requireText =
  'Policies that every endpoint must have of its own, for all visitors: `ACTION`, `ACTION {"setting":value}`. At most 100, of 512 bytes each.';

/** What holds for all endpoints of the account, whoever opens them. One object for each account. */
export const accountRules: ResourceContract = resource({
  title: 'a set of account rules',
  idKind: 'accountRules',
  path: '/account_rules',
  listKey: 'account_rules',
  create: {
    traffic_policy: policy.describe(`${policyText} Default: none.`),
    require: require.describe(`${requireText} Default: none.`),
  },
  update: {
    traffic_policy: policy.describe(`${policyText} Empty: none. Default: as they are.`),
    require: require.describe(`${requireText} Empty: none. Default: as they are.`),
  },
  fields: {
    traffic_policy: z.string().describe('Rules that come around those of every endpoint, as they were given.'),
    require: z.array(z.string()).describe('Policies that every endpoint must have of its own.'),
  },
});
