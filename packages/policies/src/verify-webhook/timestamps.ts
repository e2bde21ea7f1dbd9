import { Refused } from './delivery.ts';

/** How a provider writes a time: seconds or milliseconds since 1970, or ISO 8601 (UTC where it has no zone). */
export type TimeUnit = 's' | 'ms' | 'iso';

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.]\d{1,9})?(?<zone>Z|[+-]\d\d:?\d\d)?$/;

/** @returns Milliseconds since 1970. @throws {Refused} `malformed-signature`: it is no such time. */
export function parseTime(text: string, unit: TimeUnit): number {
  const timeMs = unit === 'iso' ? parseIso(text) : parseNumber(text, unit);
  if (!Number.isFinite(timeMs)) throw new Refused('malformed-signature');
  return timeMs;
}

function parseNumber(text: string, unit: 's' | 'ms'): number {
  return /^\d{1,15}$/.test(text) ? Number(text) * (unit === 's' ? 1_000 : 1) : Number.NaN;
}

function parseIso(text: string): number {
  const match = isoTime.exec(text);
  return match ? Date.parse(match.groups?.['zone'] ? text : `${text}Z`) : Number.NaN;
}
