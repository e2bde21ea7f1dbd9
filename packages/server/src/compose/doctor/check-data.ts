import { planMigration } from '../../store/sqlite/plan-migration.ts';
import { readVitals } from '../../store/sqlite/read-vitals.ts';
import type { Check, Finding, Patient } from './finding.ts';

const about = 'data';
/** Clocks of machines are corrected by so much without anybody noticing. */
const clockToleranceMs = 60_000;

/** Every page of the database, its version, and whether the clock agrees with what was written. */
export const checkData: Check = async (patient) => {
  const { settings, nowMs } = patient;
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
