import { accounts } from './0001-accounts.ts';
import { documents } from './0002-documents.ts';
import { credentialAcl } from './0003-credential-acl.ts';
import { auditChain } from './0004-audit-chain.ts';
import type { Migration } from './migration.ts';

/** THE list. The first has number 1; only ever append. */
export const migrations: readonly Migration[] = [accounts, documents, credentialAcl, auditChain];
