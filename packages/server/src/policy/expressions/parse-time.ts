import { Duration } from '@marcbachmann/cel-js/evaluator';
import { EvaluationFailure } from './evaluation-failure.ts';

/** RFC 3339 §5.6. Nothing behind milliseconds is kept. */
const timestamp = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;
/** CEL's times: the years 1 to 9999. */
const firstMs = -62_135_596_800_000;
const lastMs = 253_402_300_799_999;

/**
 * The time that a text says. The engine itself takes more: a 30th of February, or a time without zone, which it takes for that
 * of the place where the server is.
 *
 * @throws {EvaluationFailure} It is none.
 */
export function parseTimestamp(text: string): Date {
  const [, date = '', clock = '', fraction = '', zone = ''] = (text.length > 40 ? null : timestamp.exec(text)) ?? [];
  const time = new Date(`${date}T${clock}${fraction.slice(0, 4)}${zone.toUpperCase()}`);
  const isDay = date !== '' && isCalendarDay(date);
  if (isDay && time.getTime() >= firstMs && time.getTime() <= lastMs) return time;
  throw new EvaluationFailure('a text is no point in time by RFC 3339');
}

function isCalendarDay(date: string): boolean {
  const midnight = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
}

const unitNanos: Readonly<Record<string, bigint>> = {
  h: 3_600_000_000_000n,
  m: 60_000_000_000n,
  s: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1_000n,
  '\u00b5s': 1_000n,
  ns: 1n,
};
const component = /(\d{0,12})(?:\.(\d{0,9}))?(ns|us|\u00b5s|ms|s|m|h)/y;
/** Ten thousand years, the longest there is in CEL. */
const maxNanos = 315_576_000_000n * 1_000_000_000n;

/**
 * The duration that a text such as `1h30m` says. The engine's own reader takes seconds for some texts of a few thousand digits,
 * which a visitor may send.
 *
 * @throws {EvaluationFailure} It is none.
 */
export function parseDuration(text: string): Duration {
  const isNegative = text.startsWith('-');
  const rest = text.replace(/^[+-]/, '');
  const nanos = rest === '0' ? 0n : addComponents(rest);
  if (nanos === undefined || nanos > maxNanos) throw new EvaluationFailure('a text is no duration such as "1h30m"');
  const signed = isNegative ? -nanos : nanos;
  return new Duration(signed / 1_000_000_000n, Number(signed % 1_000_000_000n));
}

function addComponents(text: string): bigint | undefined {
  if (text === '' || text.length > 64) return undefined;
  let nanos = 0n;
  component.lastIndex = 0;
  for (let at = 0; at < text.length; at = component.lastIndex) {
    const [, whole = '', fraction = '', unit = ''] = component.exec(text) ?? [];
    const size = unitNanos[unit];
    if (size === undefined || whole + fraction === '') return undefined;
    nanos += BigInt(whole || '0') * size + (BigInt(fraction.padEnd(9, '0')) * size) / 1_000_000_000n;
  }
  return nanos;
}
