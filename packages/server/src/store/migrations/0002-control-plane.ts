import { auditChain } from './control-plane/audit-chain.ts';
import { credentialAcl } from './control-plane/credential-acl.ts';
import { documents } from './control-plane/documents.ts';
import { memberRoles } from './control-plane/member-roles.ts';
import { suspendedAccounts } from './control-plane/suspended-accounts.ts';
import type { Migration } from './migration.ts';

/** All that the API, the operator's commands and the audit log need: five parts that came in one release. */
export const controlPlane: Migration = {
  name: '0002-control-plane',
  async up(db, types) {
    for (const part of [documents, credentialAcl, auditChain, suspendedAccounts, memberRoles]) await part(db, types);
  },
};
