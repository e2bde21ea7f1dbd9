import { auditChain } from './control-plane/audit-chain.ts';
import { credentialAcl } from './control-plane/credential-acl.ts';
import { documents } from './control-plane/documents.ts';
import { suspendedAccounts } from './control-plane/suspended-accounts.ts';
import type { Migration } from './migration.ts';

/** All that the API, the operator's commands and the audit log need: four parts that came in one release. */
export const controlPlane: Migration = {
  name: '0002-control-plane',
  async up(db, types) {
    for (const part of [documents, credentialAcl, auditChain, suspendedAccounts]) await part(db, types);
  },
};
