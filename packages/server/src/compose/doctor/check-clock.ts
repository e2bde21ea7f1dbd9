import type { Finding } from './finding.ts';

/** Clocks of machines are corrected by so much without anybody noticing. */
const clockToleranceMs = 60_000;

/** Whether the clock agrees with what was written. */
export function checkClock(newestRecordMs: number | null, nowMs: number): Finding {
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
