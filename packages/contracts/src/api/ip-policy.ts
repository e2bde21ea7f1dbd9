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
