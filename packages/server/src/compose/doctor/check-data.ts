import { planMigration } from '../../store/sqlite/plan-migration.ts';
import { readVitals } from '../../store/sqlite/read-vitals.ts';
import { checkClock } from './check-clock.ts';
import type { Check, Finding, Patient } from './finding.ts';

const about = 'data';

/** Every page of the SQLite database, its version, and whether the clock agrees with what was written. Nothing on PostgreSQL. */
export const checkData: Check = async (patient) => {
  const { settings, database, nowMs } = patient;
  if (database !== null) return [];
  const vitals = await readVitals(settings.dataDir);
  const whole: Finding = { about, level: 'ok', text: `The database is whole; accounts in it: ${vitals.accounts}.` };
  return [whole, await checkVersion(patient), checkClock(vitals.newestRecordMs, nowMs)];
};

async function checkVersion({ settings, nowMs }: Patient): Promise<Finding> {
  const { pending, schemaVersion } = await planMigration(settings.dataDir, { nowMs });
  if (pending.length === 0) return { about, level: 'ok', text: `Its schema has version ${schemaVersion}, the newest.` };
  const text = `Its schema has version ${schemaVersion}; the next start runs ${pending.join(', ')}, which went well on a copy.`;
  return { about, level: 'warn', text, todo: 'Restart the server when it suits you; it makes a backup first.' };
}
