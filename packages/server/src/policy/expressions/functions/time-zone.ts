import { RecentMap } from '../../../domain/recent.ts';
import { EvaluationFailure } from '../evaluation-failure.ts';

/** Making one takes a tenth of a millisecond; a zone may be a visitor's word. */
const formats = new RecentMap<string, Intl.DateTimeFormat>(64);
const offset = /^([+-]?)(\d{2}):(\d{2})$/;

/**
 * A moment whose parts in UTC are what clocks in a zone show at `time`.
 *
 * @param zone A name of the IANA data base, or an offset such as `-03:30`.
 * @throws {EvaluationFailure} There is no such zone.
 */
export function partsInZone(time: Date, zone: string): Date {
  const [, sign, hours, minutes] = offset.exec(zone) ?? [];
  if (hours !== undefined) {
    const ms = (Number(hours) * 60 + Number(minutes)) * 60_000;
    return new Date(time.getTime() + (sign === '-' ? -ms : ms));
  }
  const parts = new Map(
    formatOf(zone)
      .formatToParts(time)
      .map(({ type, value }) => [type, value]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
  const shown = new Date(0);
  const year = parts.get('era')?.startsWith('B') === true ? 1 - part('year') : part('year');
  shown.setUTCFullYear(year, part('month') - 1, part('day'));
  shown.setUTCHours(part('hour'), part('minute'), part('second'), time.getUTCMilliseconds());
  return shown;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const format = makeFormat(zone);
  formats.set(zone, format);
  return format;
}

function makeFormat(timeZone: string): Intl.DateTimeFormat {
  const numeric = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
  try {
    if (timeZone.length > 64) throw new RangeError('too long');
    return new Intl.DateTimeFormat('en-US', {
      ...numeric,
      era: 'short',
      second: 'numeric',
      hourCycle: 'h23',
      timeZone,
    });
  } catch {
    throw new EvaluationFailure('there is no such time zone');
  }
}
