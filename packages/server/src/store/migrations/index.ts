import { accounts } from './0001-accounts.ts';
import { controlPlane } from './0002-control-plane.ts';
import { managedCertificates } from './0003-managed-certificates.ts';
import { logins } from './0004-logins.ts';
import type { Migration } from './migration.ts';

/** THE list. The first has number 1; only ever append. */
export const migrations: readonly Migration[] = [accounts, controlPlane, managedCertificates, logins];
