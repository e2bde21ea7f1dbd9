import type { Duration } from '@marcbachmann/cel-js/evaluator';
import { EvaluationFailure } from '../evaluation-failure.ts';
import type { Fuel } from '../fuel.ts';
import { parseDuration, parseTimestamp } from '../parse-time.ts';
import { writeDuration, writeTimestamp } from '../write-value.ts';
import { durationType, type FunctionRow, overloads, timestampType } from './function-row.ts';
import { partsInZone } from './time-zone.ts';

type Part = readonly [about: string, part: (time: Date) => number];

/** Of a moment whose UTC parts are those of the zone that is meant. */
const timeParts: Readonly<Record<string, Part>> = {
  getFullYear: ['The year.', (time) => time.getUTCFullYear()],
  getMonth: ['The month, January is 0.', (time) => time.getUTCMonth()],
  getDate: ['The day of the month, the first is 1.', (time) => time.getUTCDate()],
  getDayOfMonth: ['The day of the month, the first is 0.', (time) => time.getUTCDate() - 1],
  getDayOfWeek: ['The day of the week, Sunday is 0.', (time) => time.getUTCDay()],
  getDayOfYear: ['The day of the year, the first is 0.', dayOfYear],
  getHours: ['The hour of a time; all hours of a duration.', (time) => time.getUTCHours()],
  getMinutes: ['The minute of a time; all minutes of a duration.', (time) => time.getUTCMinutes()],
  getSeconds: ['The second of a time; all seconds of a duration.', (time) => time.getUTCSeconds()],
  getMilliseconds: [
    'The milliseconds of the second of a time; those of a duration behind its full seconds.',
    (time) => time.getUTCMilliseconds(),
  ],
};

const durationParts: Readonly<Record<string, (duration: Duration) => bigint>> = {
  getHours: ({ seconds }) => seconds / 3_600n,
  getMinutes: ({ seconds }) => seconds / 60n,
  getSeconds: ({ seconds }) => seconds,
  getMilliseconds: ({ nanos }) => BigInt(Math.trunc(nanos / 1_000_000)),
};

/** Points in time, durations, and their parts in UTC or another time zone. */
export function timeFunctions(fuel: Fuel): FunctionRow[] {
  return [...conversions(), ...Object.entries(timeParts).flatMap(([name, part]) => partFunctions(fuel, name, part))];
}

function conversions(): FunctionRow[] {
  return [
    ...overloads(
      'The point in time that a text (RFC 3339) or a number of seconds since 1970 stands for.',
      {
        'timestamp(string): google.protobuf.Timestamp': (text: string) => parseTimestamp(text),
        'timestamp(int): google.protobuf.Timestamp': (seconds: bigint) => inRange(Number(seconds) * 1_000),
        'timestamp(google.protobuf.Timestamp): google.protobuf.Timestamp': (time: Date) => time,
      },
      { replaces: true },
    ),
    ...overloads(
      'The duration that a text such as `"1h30m"` or `"250ms"` stands for; units are h, m, s, ms, us and ns.',
      {
        'duration(string): google.protobuf.Duration': (text: string) => parseDuration(text),
        'duration(google.protobuf.Duration): google.protobuf.Duration': (duration: Duration) => duration,
      },
      { replaces: true },
    ),
    ...overloads('As a text.', {
      'string(google.protobuf.Timestamp): string': writeTimestamp,
      'string(google.protobuf.Duration): string': writeDuration,
    }),
  ];
}

function partFunctions(fuel: Fuel, name: string, [about, part]: Part): FunctionRow[] {
  const ofDuration = durationParts[name];
  const forms: Record<string, (...args: never[]) => unknown> = {
    [`${timestampType}.${name}(): int`]: (time: Date) => BigInt(part(time)),
    [`${timestampType}.${name}(string): int`]: (time: Date, zone: string) => {
      // Looking up a zone that was not used before takes that long.
      fuel.burn(100);
      return BigInt(part(partsInZone(time, zone)));
    },
  };
  if (ofDuration) forms[`${durationType}.${name}(): int`] = ofDuration;
  return overloads(`${about} Of a time in UTC, or in a zone such as "Europe/Berlin" or "+02:00".`, forms, {
    replaces: true,
  });
}

function dayOfYear(time: Date): number {
  const start = Date.UTC(time.getUTCFullYear(), 0, 1);
  return Math.floor((time.getTime() - start) / 86_400_000);
}

function inRange(ms: number): Date {
  if (ms >= -62_135_596_800_000 && ms <= 253_402_300_799_999) return new Date(ms);
  throw new EvaluationFailure('a time is before the year 1 or after 9999');
}
