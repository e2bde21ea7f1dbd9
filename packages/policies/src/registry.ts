import type { PolicyModule } from '@adit/policy-kit';
import { restrictIps } from './restrict-ips/index.ts';

/** THE list of policy modules. A module exists when its line is here; nothing registers itself. */
export const policyModules: readonly PolicyModule[] = [restrictIps];
