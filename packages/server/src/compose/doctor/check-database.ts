import { inspectDatabase } from '../../store/postgres/inspect-database.ts';
import { checkClock } from './check-clock.ts';
import type { Check, Finding, Patient } from './finding.ts';

const about = 'data';
/** Servers whose clocks differ so much write records that seem to come from the future. */
const clockToleranceMs = 60_000;

/** Whether the PostgreSQL database can be used, its version, and whether the clocks agree. Nothing where there is none. */
export const checkDatabase: Check = async ({ database, nowMs }) => {
  if (database === null) return [];
  const { accounts, schemaVersion, pending, clockMs, newestRecordMs } = await inspectDatabase(database);
  const { database: name, host, port } = database;
  const answers = `The database "${name}" on "${host}:${port}" answers; accounts in it: ${accounts}.`;
  const version: Finding =
    pending.length === 0
      ? { about, level: 'ok', text: `Its schema has version ${schemaVersion}, the newest.` }
      : {
          about,
          level: 'warn',
          text: `Its schema has version ${schemaVersion}; the next start runs ${pending.join(', ')}.`,
          todo: 'Dump the database, then restart the server when it suits you.',
        };
  return [{ about, level: 'ok', text: answers }, version, clockFinding({ nowMs, clockMs, newestRecordMs })];
};

function clockFinding({
  nowMs,
  clockMs,
  newestRecordMs,
}: Pick<Patient, 'nowMs'> & { clockMs: number; newestRecordMs: number | null }): Finding {
  const apartMs = Math.abs(nowMs - clockMs);
  if (apartMs <= clockToleranceMs) return checkClock(newestRecordMs, nowMs);
  return {
    about: 'clock',
    level: 'fail',
    text: `The clocks of this machine and of the database are ${Math.round(apartMs / 1000)} s apart.`,
    todo: 'Have both synchronised (timedatectl set-ntp true).',
  };
}
