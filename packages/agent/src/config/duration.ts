const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const form = /^(?:\d+(?:\.\d+)?(?:ms|[smh]))+$/;

/** Milliseconds of `10s`, `1m30s`, `250ms` or `1.5h`; undefined for any other text. */
export function parseDuration(text: string): number | undefined {
  if (!form.test(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|[smh])/g);
  return Math.round([...parts].reduce((sum, [, n, unit]) => sum + Number(n) * unitMs[unit as keyof typeof unitMs], 0));
}
