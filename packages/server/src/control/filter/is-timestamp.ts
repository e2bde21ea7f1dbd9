/** RFC 3339, in the 30 characters at most that the engine takes. */
const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:(?:\.\d{1,9})?Z|(?:\.\d{1,3})?[+-]\d\d:\d\d)$/;
/** CEL's times: the years 1 to 9999. */
const firstMs = -62_135_596_800_000;
const lastMs = 253_402_300_799_999;

/**
 * True if the engine reads this text as the time that it says (RFC 3339 §5.6). By itself it takes more: a 30th of February,
 * or a time without zone, which it takes for that of the place where the server is.
 */
export function isTimestamp(text: string): boolean {
  const ms = form.test(text) ? Date.parse(text) : Number.NaN;
  const date = text.slice(0, '2026-01-31'.length);
  return ms >= firstMs && ms <= lastMs && new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);
}
