import { describe, expect, test } from 'vitest';
import { evaluate, failureOf } from '../evaluate.testkit.ts';

const christmas = 'timestamp("2023-12-25T12:30:30.500Z")';

describe('functions of times', () => {
  test.each([
    ['timestamp("2023-12-25T00:00:00Z").getDate()', 25n],
    ['timestamp("2023-12-25T00:00:00Z").getDate("America/Los_Angeles")', 24n],
    ['timestamp("2024-01-01T10:00:00Z").getDate("Asia/Tokyo")', 1n],
    ['timestamp("2023-12-25T00:00:00Z").getDayOfMonth()', 24n],
    ['timestamp("2023-12-25T00:00:00Z").getDayOfMonth("America/Los_Angeles")', 23n],
    [`${christmas}.getDayOfWeek()`, 1n],
    ['timestamp("2023-12-24T12:00:00Z").getDayOfWeek("Pacific/Kiritimati")', 1n],
    [`${christmas}.getDayOfYear()`, 358n],
    ['timestamp("2024-12-31T23:59:59Z").getDayOfYear()', 365n],
    ['timestamp("2024-07-01T00:00:00Z").getDayOfYear("America/New_York")', 181n],
    [`${christmas}.getFullYear()`, 2023n],
    ['timestamp("2023-12-31T23:30:00Z").getFullYear("Europe/Berlin")', 2024n],
    [`${christmas}.getHours()`, 12n],
    [`${christmas}.getHours("+05:30")`, 18n],
    [`${christmas}.getMinutes("-00:31")`, 59n],
    ['timestamp("2024-03-31T01:30:00Z").getHours("Europe/Berlin")', 3n],
    [`${christmas}.getMinutes()`, 30n],
    [`${christmas}.getSeconds()`, 30n],
    [`${christmas}.getMilliseconds()`, 500n],
    [`${christmas}.getMonth()`, 11n],
    ['timestamp(0) == timestamp("1970-01-01T00:00:00Z")', true],
    ['timestamp("2026-01-31T12:00:00.123456789Z").getMilliseconds()', 123n],
    ['timestamp(timestamp(0)) == timestamp(0)', true],
    ['timestamp(time.now).getFullYear()', 2026n],
    ['duration("3h").getHours()', 3n],
    ['duration("1h30m").getMinutes()', 90n],
    ['duration("1m30s").getSeconds()', 90n],
    ['duration("1.234s").getMilliseconds()', 234n],
    ['duration("1h") + duration("30m") == duration("90m")', true],
    ['duration("250ms") == duration("0.25s")', true],
    ['duration("1us") == duration("1000ns")', true],
    ['duration("-1h") < duration("0")', true],
    ['duration(duration("1s")) == duration("1s")', true],
  ])('%s is %s', (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });

  test.each([
    '',
    '2026-01-31',
    '2026-01-31T12:00:00',
    '2026-02-30T12:00:00Z',
    '2026-01-31 12:00:00Z',
    '2026-01-31T25:00:00Z',
    '0000-01-01T00:00:00Z',
    'now',
  ])('timestamp(%j) fails', (text) => {
    expect(failureOf(`timestamp(${JSON.stringify(text)})`)).toBe('a text is no point in time by RFC 3339');
  });

  test.each(['', 'h', '1', '1 h', '1d', '--1s', '1h-1m', '1.2.3s', '9999999999999h', '1h'.repeat(40)])(
    'duration(%j) fails',
    (text) => {
      expect(failureOf(`duration(${JSON.stringify(text)})`)).toBe('a text is no duration such as "1h30m"');
    },
  );

  test.each(['Mars/Olympus', '', 'x'.repeat(100)])('a time zone %j fails', (zone) => {
    expect(failureOf(`timestamp(0).getHours(${JSON.stringify(zone)})`)).toBe('there is no such time zone');
  });

  test('timestamp() fails outside of the years 1 to 9999', () => {
    expect(failureOf('timestamp(253402300800)')).toBe('a time is before the year 1 or after 9999');
  });
});
