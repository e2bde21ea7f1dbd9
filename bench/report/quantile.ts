/** The value below which a part `q` (0…1) of the numbers lies; NaN of nothing. */
export function quantile(numbers: readonly number[], q: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/** The middle of the sorted numbers, of an even count the upper. */
export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}
