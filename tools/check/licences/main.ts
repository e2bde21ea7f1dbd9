import { readFileSync } from 'node:fs';
import { type LockedPackage, refusedLicences } from './licences.ts';

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, LockedPackage> };
const refused = refusedLicences(lock.packages);
for (const line of refused) console.error(line);
process.exitCode = refused.length === 0 ? 0 : 1;
