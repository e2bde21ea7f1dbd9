import { z } from 'zod';
import { reference } from './reference.ts';
import { type ResourceContract, resource } from './resource.ts';

/** A named set of address rules, for whatever refers to it. Addresses pass when a rule allows them and none denies them. */
export const ipPolicies: ResourceContract = resource({
  title: 'an IP policy',
  idKind: 'ipPolicy',
  path: '/ip_policies',
  listKey: 'ip_policies',
  create: {},
  update: {},
  fields: {},
});

const cidr = z.string().max(64);

/** One rule of an IP policy. It is deleted with its policy. */
export const ipPolicyRules: ResourceContract = resource({
  title: 'a rule of an IP policy',
  idKind: 'ipPolicyRule',
  path: '/ip_policy_rules',
  listKey: 'ip_policy_rules',
  create: {
    cidr: cidr.describe('Block of IPv4 or IPv6 addresses, e.g. `192.0.2.0/24`. Each only once in a policy.'),
    action: z.enum(['allow', 'deny']).describe('What it does with addresses of the block. Cannot be changed.'),
    ip_policy_id: z.string().describe('The policy that it belongs to. Cannot be changed.'),
  },
  update: { cidr: cidr.nullish().describe('Another block. Default: as it is.') },
  fields: {
    cidr: z.string().describe('Block of addresses, in its shortest form.'),
    action: z.enum(['allow', 'deny']).describe('What it does with addresses of the block.'),
    ip_policy: reference.describe('The policy that it belongs to.'),
  },
  filterFields: { 'ip_policy.id': 'id', cidr: 'string', action: 'string' },
});
