import { readGeoDatabase } from '../../geo/geo-databases.ts';
import type { Check, Finding } from './finding.ts';

/** Whether the next start could use the databases of addresses: a running server goes on with what it read before. */
export const checkAddresses: Check = async ({ options }) => {
  const findings: Finding[] = [];
  for (const file of options['geo-database']) {
    const { facts } = await readGeoDatabase(file);
    findings.push({ about: 'addresses', level: 'ok', text: `"${file}" says of addresses: ${[...facts].join(', ')}.` });
  }
  return findings;
};
