const unitsMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;
/** Each unit once at most, the longest first; numbers that stay far inside what a date can be. */
const form = /^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$/;

/** `7d`, `24h`, `1d12h30m`: days, hours, minutes and seconds, in milliseconds; undefined for anything else. */
export function readDuration(text: string): number | undefined {
  const [whole, ...amounts] = form.exec(text) ?? [];
  if (whole === undefined || whole === '') return undefined;
  return Object.values(unitsMs).reduce((sum, unitMs, i) => sum + Number(amounts[i] ?? 0) * unitMs, 0);
}
