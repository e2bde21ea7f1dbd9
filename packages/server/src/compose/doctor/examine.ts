import { existsSync } from 'node:fs';
import { toAditError } from '@adit/contracts';
import { checkAddresses } from './check-addresses.ts';
import { checkCertificate } from './check-certificate.ts';
import { checkData } from './check-data.ts';
import { checkDatabase } from './check-database.ts';
import { checkDisk } from './check-disk.ts';
import { checkFiles } from './check-files.ts';
import { checkManagedCertificates } from './check-managed-certificates.ts';
import { checkSecrets } from './check-secrets.ts';
import { checkServer } from './check-server.ts';
import type { Check, Finding, Patient } from './finding.ts';

const checks: readonly (readonly [about: string, check: Check])[] = [
  ['disk', checkDisk],
  ['data', checkData],
  ['data', checkDatabase],
  ['secrets', checkSecrets],
  ['certificate', checkCertificate],
  ['certificates', checkManagedCertificates],
  ['addresses', checkAddresses],
  ['server', checkServer],
];

/** Looks at everything an operator would, one after the other, and changes nothing. */
export async function examine(patient: Patient): Promise<Finding[]> {
  const findings = await checkFiles(patient).catch((error: unknown) => [broken('files', error)]);
  // Nothing there is one fault, not five.
  if (!existsSync(patient.settings.dataDir)) return findings;
  for (const [about, check] of checks) {
    findings.push(...(await check(patient).catch((error: unknown) => [broken(about, error)])));
  }
  return findings;
}

/** A check that cannot be done is no good sign either. */
function broken(about: string, error: unknown): Finding {
  const known = toAditError(error);
  const { message } = known.code === 9000 && error instanceof Error ? error : known;
  return { about, level: 'fail', text: message, todo: known.row.help };
}
