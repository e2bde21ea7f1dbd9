import { type MigrationPlan, planMigration } from '../../store/sqlite/plan-migration.ts';
import { readVitals } from '../../store/sqlite/read-vitals.ts';
import { checkSecrets } from './check-secrets.ts';
import type { Check, Finding } from './finding.ts';

const about = 'data';
/** Clocks of machines are corrected by so much without anybody noticing. */
const clockToleranceMs = 60_000;

/** Every page of the database, its version, whether the clock agrees with what was written, and the keys for what is sealed. */
export const checkData: Check = async ({ settings, nowMs }) => {
  const vitals = await readVitals(settings.dataDir);
  const whole: Finding = { about, level: 'ok', text: `The database is whole; accounts in it: ${vitals.accounts}.` };
  const plan = await planMigration(settings.dataDir, { nowMs });
  const clock = checkClock(vitals.newestRecordMs, nowMs);
  return [whole, checkVersion(plan), clock, checkSecrets(settings, plan.sealed)];
};

function checkVersion({ pending, schemaVersion }: MigrationPlan): Finding {
  if (pending.length === 0) return { about, level: 'ok', text: `Its schema has version ${schemaVersion}, the newest.` };
  const text = `Its schema has version ${schemaVersion}; the next start runs ${pending.join(', ')}, which went well on a copy.`;
  return { about, level: 'warn', text, todo: 'Restart the server when it suits you; it makes a backup first.' };
}

function checkClock(newestRecordMs: number | null, nowMs: number): Finding {
  const time = new Date(nowMs).toISOString();
  if (newestRecordMs === null || newestRecordMs <= nowMs + clockToleranceMs) {
    return { about: 'clock', level: 'ok', text: `It is ${time}, later than everything that was written.` };
  }
  const text = `It is ${time}, earlier than the newest audit record, ${new Date(newestRecordMs).toISOString()}.`;
  return {
    about: 'clock',
    level: 'fail',
    text,
    todo: 'Set the clock, and have it synchronised (timedatectl set-ntp true).',
  };
}
